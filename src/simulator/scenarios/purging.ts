/** The night's notifications: counted, previewed, removed, put back, and removed as they should be. */
import type { Night } from '../night/acts.js'
import { span } from '../night/narrator.js'
import { type Figures, millis, rateOf, readFigures, thousands } from '../night/proof.js'
import type { Role } from '../night/stage.js'
import type { SimMessage } from '../slack/types.js'
import { redisOf } from './holding.js'
import type { Scene } from './scenario.js'
import { lines, PUSH, tick, tickedItself } from './ticking.js'

const ALL = 'All notifications'

export const counted: Scene = {
  at: '02:20',
  title: 'How many are there? Counted twice, a minute apart',
  needs: 'redis',
  play: async (night) => {
    const exact = async (by: Role) => {
      const before = night.slack.ephemerals(night.people[by].id).length
      const reply = await night.types(by, '/purge-push count', 'they are counted', /^push: exactly/)
      const told = night.slack.ephemerals(night.people[by].id).slice(before)
      const first = told
        .map((one) => night.reading.plain(one.text))
        .find((one) => /^push: .*counting exactly/.test(one))
      night.tell.shows(`${first ?? ''} Then: ${reply}`.trim(), { label: `only for ${night.people[by].name}:` })
      return reply
    }
    const first = await exact('alex')
    night.tell.at('02:21')
    const second = await exact('kim')
    night.check('the number does not grow any more', first === second, `"${first}", then "${second}"`)
    night.tell.seen('The same number twice: nothing makes them any more')
    await tick(night, 'alex', PUSH, 'count')
  },
}

export const purged: Scene = {
  at: '02:22',
  title: 'The preview is read by two and confirmed by typing',
  needs: 'redis',
  play: async (night) => {
    const { tell, people } = night
    const redis = redisOf(night)
    const [neighbours, notifications] = [await redis.picture('neighbours'), await redis.picture('notifications')]
    night.proof.before = { neighbours, notifications, ...(await redis.counts()) }
    const all = thousands(neighbours.keys + notifications.keys)
    tell.note(`First the replay keeps a digest of every one of ${all} keys, to compare with later.`)
    const card = await planned(night, 'kim', '/purge-push plan')
    for (const line of night.reading.lines(card).flatMap((text) => text.split('\n')))
      if (!line.startsWith('• For example')) tell.shows(line)
    await tick(night, 'kim', PUSH, 'preview')
    tell.acts(people.sam.name, 'presses Confirm… (not on call)')
    await night.press('sam', card, 'purge.confirm')
    tell.shows(await night.untilWhisper('sam', 'Sam is refused, with the reason', /^Nothing was done/), {
      label: `only for ${people.sam.name}:`,
    })
    const figures = await confirmed(night, card, ALL)
    tell.seen(toldFigures(figures, night))
    await tickedItself(night, PUSH, 'Purge', /because purge \d+ of push was verified/)
  },
}

/** A plan in the thread, asked for by somebody. */
async function planned(night: Night, by: Role, command: string): Promise<SimMessage> {
  const first = night.emergency(0)
  const before = night.thread(first.ts).length
  await night.types(by, command, 'the plan is in the thread', /^The plan is in the thread/)
  const text = (message: SimMessage) => night.reading.plain(message.text)
  const plan = () =>
    night
      .thread(first.ts)
      .slice(before)
      .find((one) => /^Plan of purge/.test(text(one)))
  return night.until('the plan is in the thread', plan, { seen: () => 'there is none' })
}

/** Alex presses Confirm…, types what is asked for, the first time wrongly, and sees it through. */
async function confirmed(night: Night, plan: SimMessage, what: string): Promise<Figures> {
  const { tell, people, slack } = night
  const { id: user, name } = people.alex
  const count = /type "purge ([\d,]+)"/.exec(night.reading.plain(plan.text))?.[1] ?? ''
  tell.acts(name, 'presses Confirm…')
  await night.press('alex', plan, 'purge.confirm')
  const form = await night.until(
    'a form asks what is confirmed',
    () => slack.views(user).find((view) => view.open && view.callbackId === 'purge.confirm'),
    { seen: () => `${slack.views(user).length} forms` },
  )
  const submit = (typed: string) =>
    slack.submit({ user, viewId: form.id, values: { confirmation: { confirmation: typed } } })
  if (night.proof.done.every((one) => one.what !== ALL)) await mistyped(night, form.id, () => submit(`purge ${count}0`))
  tell.acts(name, `types purge ${count}`)
  const began = performance.now()
  const sent = await submit(`purge ${count}`)
  night.check('the form takes it', sent.acked && sent.error === undefined, String(sent.error))
  return followed(night, plan.ts, { what, began, over: /^Purge \d+ of push is done/ })
}

async function mistyped(night: Night, form: string, submit: () => Promise<unknown>): Promise<void> {
  const { tell, people, slack } = night
  tell.acts(people.alex.name, 'types one digit too many')
  await submit()
  const errors = () => Object.values(slack.views(people.alex.id).find((view) => view.id === form)?.errors ?? {})
  const error = await night.until('the form says what is wrong', () => errors()[0], { seen: () => 'it says nothing' })
  tell.shows(night.reading.plain(error), { label: 'in the form:' })
}

interface Followed {
  readonly what: string
  readonly began: number
  readonly over: RegExp
}

/** Shows the one message as it changed until it is over; a purge that stopped because others waited is resumed. */
async function followed(night: Night, ts: string, { what, began, over }: Followed): Promise<Figures> {
  const { tell, reading } = night
  const { visitors, size } = redisOf(night)
  const message = () => night.thread(night.emergency(0).ts).find((one) => one.ts === ts)
  const text = () => reading.plain(message()?.text ?? '')
  const seen = () => `"${text()}"`
  const withinMs = 20_000 + size.notifications / 5
  const startedAt = night.clock.now() - (performance.now() - began)
  for (let again = 0; ; again += 1) {
    await night.until(`${what}: it ends`, () => over.test(text()) || / (stopped|failed): /.test(text()), {
      seen,
      withinMs,
    })
    if (over.test(text())) break
    night.check('it ends', again < 3 && / stopped: /.test(text()), seen())
    tell.shows(text(), { label: 'Mayday:' })
    tell.acts(night.people.alex.name, 'presses Resume')
    await night.press('alex', await night.until('the message is there', message, { seen }), 'purge.resume')
    await night.until('it goes on', () => !/ stopped: /.test(text()), { seen })
  }
  const waited = visitors.waited(began, performance.now())
  const { shown, more } = progressOf(night, message()?.updates ?? [], startedAt)
  tell.note(
    `The one message in the thread, as it changed${more > 0 ? `; ${more} drawings in between are left out` : ''}:`,
  )
  for (const { at, words } of shown) tell.shows(words, { label: span(at - startedAt).padStart(7) })
  const figures = { what, waited, ...(readFigures(text()) ?? { entries: 0, seconds: 0 }) }
  night.check('it says how many, and how long it took', figures.entries > 0, seen())
  night.proof.done.push(figures)
  return figures
}

const PROGRESS_MAX = 3

/** What it showed while it went on, a few times, and at the end; not what says that nothing has been done yet. */
function progressOf({ reading }: Night, updates: SimMessage['updates'], since: number) {
  const all = updates
    .filter(({ at }) => at >= since)
    .map(({ at, text }) => ({ at, words: reading.plain(text) }))
    .filter(({ words }) => !/: (confirmed;|0 of )/.test(words))
  const every = Math.ceil((all.length - 1) / PROGRESS_MAX)
  const shown = all.filter((_, index) => index === all.length - 1 || index % Math.max(1, every) === 0)
  return { shown, more: all.length - shown.length }
}

function toldFigures(figures: Figures, { proof }: Night): string {
  const { entries, seconds, archive, waited } = figures
  const rate = rateOf(figures)
  const took = rate === null ? 'less than 0.1 s' : `${seconds} s, ${thousands(rate)} a second`
  const kept = archive === undefined ? '' : `, archive ${archive}`
  const idle = millis(proof.idle?.p50 ?? 0)
  const site = waited === undefined ? '' : `; half of the site's reads came within ${millis(waited.p50)}, idle ${idle}`
  return `${thousands(entries)} in ${took}${kept}${site}`
}

export const undone: Scene = {
  at: '02:24',
  title: 'Verified, and then: undo',
  needs: 'redis',
  play: async (night) => {
    const { tell, people, proof } = night
    const redis = redisOf(night)
    const none = await night.types('alex', '/purge-push count', 'they are counted', /^push: exactly/)
    tell.shows(none, { label: `only for ${people.alex.name}:` })
    night.check('none is left', /exactly 0 /.test(none), none)
    await tick(night, 'alex', PUSH, 'verify')
    await tick(night, 'sam', PUSH, 'neighbours')
    tell.at('02:25')
    night.say(
      'dana',
      'Wait: support needs the delivered ones, people ask us what they were sent. Can we have those back?',
    )
    const purge = await purgeMessage(night)
    tell.acts(people.alex.name, 'presses Undo under the purge, and "Put it back"')
    const began = performance.now()
    await night.press('alex', purge, 'purge.undo')
    const over = /^Undo of purge \d+ of push is done/
    const figures = await followed(night, purge.ts, { what: 'Undo: all back', began, over })
    tell.seen(toldFigures(figures, night))
    const back = await redis.picture('notifications')
    proof.undone = back
    const was = proof.before?.notifications
    night.check(
      'every notification and every index is as it was',
      was !== undefined && was.keys === back.keys && was.digest === back.digest,
      `${was?.keys} keys with digest ${was?.digest} before, ${back.keys} with ${back.digest} now`,
    )
    tell.seen(`${thousands(back.keys)} keys are back, with the indexes over them: digest ${back.digest}, as before`)
    const open = () => lines(night, PUSH).find((line) => /Purge/.test(line) && !/Done/.test(line))
    await night.until('the step "Purge" is open again', open, { seen: () => lines(night, PUSH).join(' / ') })
    tell.seen('The checklist has opened the step "Purge" again by itself')
  },
}

function purgeMessage(night: Night): Promise<SimMessage> {
  const { ts } = night.emergency(0)
  return night.untilReply(ts, 'the purge is in the thread', /^Purge \d+ of push is done/)
}

export const purgedAgain: Scene = {
  at: '02:26',
  title: 'Again, and only what was never delivered',
  needs: 'redis',
  play: async (night) => {
    const { tell, proof } = night
    const redis = redisOf(night)
    const card = await planned(night, 'alex', '/purge-push plan undelivered')
    const [head = ''] = night.reading.lines(card)
    tell.shows(head)
    const count = Number(/: ([\d,]+) notifications/.exec(head)?.[1]?.replaceAll(',', ''))
    tell.acts('The application', 'queues 3 notifications that people do want, after the preview')
    const wanted = await redis.rpush.push(3)
    proof.wanted = wanted
    await night.until('Mayday takes them aside too', async () => (await redis.counts()).inSight === 0, {
      seen: () => 'they are in Rpush’s sight',
    })
    const figures = await confirmed(night, card, 'Undelivered ones')
    tell.seen(toldFigures(figures, night))
    const { all } = await redis.counts()
    const expected = (proof.before?.all ?? 0) - count + wanted.length
    night.check('what was not in the preview is there', all === expected, `${all} of ${expected}`)
    tell.seen(
      `${thousands(all)} stay: delivered, refused for good or in Rpush's hands, and the ${wanted.length} that were born later`,
    )
    await tickedItself(night, PUSH, 'Purge', /because purge \d+ of push was verified/)
  },
}
