/** What can be done in a night that stays up, by path: from a terminal or from its page. */
import { z } from 'zod'
import type { SimMessage } from '../slack/types.js'
import type { Night } from './acts.js'

export type Deed = (night: Night, body: unknown) => Promise<object>

/** Somebody asked for what is not there; the words are the answer. */
export class Refused extends Error {
  override readonly name = 'Refused'
}

/** As whom one acts. */
export const role = z.enum(['sam', 'alex', 'kim', 'dana', 'robin'], 'one of sam, alex, kim, dana, robin')

const WHISPER_MS = 250

const saySchema = z.strictObject({
  user: role.default('sam'),
  text: z.string().min(1).max(4000),
  thread: z.string().optional(),
})
const typeSchema = z.strictObject({
  user: role.default('alex'),
  text: z.string().max(4000).regex(/^\/\S/, 'a command begins with /'),
})
const pressSchema = z.strictObject({
  user: role.default('alex'),
  action: z.string().min(1),
  value: z.string().optional(),
  /** The message; default the newest one that shows it. */
  ts: z.string().optional(),
  /** A form, instead of a message. */
  view: z.string().optional(),
})
const submitSchema = z.strictObject({
  user: role.default('alex'),
  view: z.string(),
  values: z.record(z.string(), z.record(z.string(), z.string())),
})
const closeSchema = z.strictObject({ user: role.default('alex'), view: z.string() })
const pagerDutySchema = z.strictObject({ outage: z.boolean() })

export const DEEDS: Readonly<Record<string, Deed>> = {
  '/say': async ({ slack, channel, people }, body) => {
    const { user, text, thread } = saySchema.parse(body)
    const where = { channel, user: people[user].id, ...(thread === undefined ? {} : { threadTs: thread }) }
    return { ts: slack.say({ ...where, text }).ts }
  },
  '/type': (night, body) => {
    const { user, text } = typeSchema.parse(body)
    const [, command = '', rest = ''] = /^(\S+)\s*([\s\S]*)$/.exec(text) ?? []
    const { id } = night.people[user]
    return told(night, id, () => night.slack.slash({ user: id, channel: night.channel, command, text: rest }))
  },
  '/press': press,
  '/submit': async ({ slack, people }, body) => {
    const { user, view, values } = submitSchema.parse(body)
    return slack.submit({ user: people[user].id, viewId: view, values })
  },
  '/close': async ({ slack, people }, body) => {
    const { user, view } = closeSchema.parse(body)
    return slack.closeView({ user: people[user].id, viewId: view })
  },
  '/pagerduty': async ({ pagerduty }, body) => {
    const { outage } = pagerDutySchema.parse(body)
    pagerduty.outage(outage)
    return { outage }
  },
}

async function press(night: Night, body: unknown): Promise<object> {
  const { user: by, action: actionId, value, ts: wanted, view } = pressSchema.parse(body)
  const user = night.people[by].id
  const pressed = { user, actionId, ...(value === undefined ? {} : { value, selected: value }) }
  if (view !== undefined) return told(night, user, () => night.slack.pressInView({ ...pressed, viewId: view }))
  const ts = wanted ?? newest(night, actionId, value).ts
  const result = await told(night, user, () => night.slack.press({ ...pressed, channel: night.channel, ts }))
  return { ts, ...result }
}

/** The newest message that shows this. */
function newest({ slack, channel, reading }: Night, action: string, value: string | undefined): SimMessage {
  const shows = (message: SimMessage) =>
    reading.pressables(message).some((one) => one.action === action && (value === undefined || one.value === value))
  const found = slack.messages(channel).findLast((message) => !message.deleted && shows(message))
  if (found === undefined) throw new Refused(`No message in #emergency shows ${action}; see GET /thread.`)
  return found
}

/** With what only this person was told of it. */
async function told<T extends object>(night: Night, user: string, act: () => Promise<T>) {
  const before = night.slack.ephemerals(user).length
  const result = await act()
  // What only this person sees comes after the acknowledgement, if it comes.
  await night.idle(WHISPER_MS)
  const whispers = night.slack.ephemerals(user).slice(before)
  return { ...result, told: whispers.map((one) => night.reading.plain(one.text)) }
}
