/** The shortcut on a message: shown first, then a page with that message's key. */
import { afterEach, describe, expect, it } from 'vitest'
import { MaydayError } from '../../src/errors.js'
import type { SimView } from '../../src/simulator/slack/types.js'
import { eventually } from '../support/eventually.js'
import { refusedBySlack, timeline, whisper } from '../support/heard.js'
import { createStage, type Stage } from '../support/stage.js'

let stage: Stage

afterEach(() => stage.close())

const CALLBACK = 'mayday.page_about_this'
const words = (view: SimView): string => JSON.stringify(view.view['blocks'])

/** The form that a person is shown by using the shortcut on this message. */
async function use(user: string, channel: string, ts: string): Promise<SimView> {
  const before = stage.slack.views(user).length
  expect(await stage.slack.shortcut({ user, callbackId: CALLBACK, channel, ts })).toEqual({ acked: true })
  return eventually(() => stage.slack.views(user)[before] ?? expect.unreachable())
}

/** Presses *Page now*; what the form says then. */
async function confirm(user: string, form: SimView, reason = ''): Promise<string> {
  const values: Record<string, Record<string, unknown>> = reason === '' ? {} : { reason: { reason } }
  const result = await stage.slack.submit({ user, viewId: form.id, values })
  expect(result).toMatchObject({ acked: true })
  expect(result).not.toHaveProperty('error')
  return words(stage.slack.views(user).find((one) => one.id === form.id) ?? expect.unreachable())
}

/** A form that this person was not shown, sent all the same; the answer. */
async function forged(user: string, form: SimView): Promise<string> {
  const payload = {
    type: 'view_submission',
    team: { id: stage.slack.teamId },
    user: { id: user, team_id: stage.slack.teamId },
    trigger_id: `forged.${user}`,
    view: { ...form.view, state: { values: {} } },
  }
  stage.slack.emitRaw({ type: 'interactive', accepts_response_payload: true, payload })
  return eventually(() =>
    JSON.stringify(stage.slack.deliveries.find((one) => one.payload === payload)?.response ?? expect.unreachable()),
  )
}

const keys = (): readonly unknown[] => stage.pagerduty.events().map((event) => event.dedup_key)
const roots = () =>
  stage.slack.messages(stage.channel).filter((one) => one.user === stage.slack.botUserId && one.threadTs === undefined)

/** A message in a channel that Mayday is not in. */
function elsewhere(text: string, more: { threadTs?: string } = {}): { channel: string; ts: string } {
  return { channel: GENERAL, ts: stage.slack.say({ channel: GENERAL, user: stage.people.sam, text, ...more }).ts }
}
const GENERAL = 'C0GENERAL1'

async function open(options: Parameters<typeof createStage>[0] = {}): Promise<void> {
  stage = await createStage(options)
  stage.slack.addChannel({ id: GENERAL, name: 'general', member: false })
}

describe('the shortcut on a message of a channel that Mayday is not in', () => {
  it('shows whom it would call and why, then pages once with the key of the message', async () => {
    await open()
    const { alex, kim, sam } = stage.people
    const { channel, ts } = elsewhere('checkout answers 500 <for> everybody')
    // Whoever is on call is in the form as PagerDuty last told it.
    await eventually(async () => expect(await stage.bots[0]?.ports.directory.known()).toBeDefined())
    const [first, second] = [await use(alex, channel, ts), await use(kim, channel, ts)]
    for (const part of [
      /Alex Rivera \(level 1\), Kim Osei \(level 2\), as PagerDuty said/,
      /default service of PagerDuty/,
      /checkout answers 500 &lt;for&gt;/,
    ])
      expect(words(first)).toMatch(part)
    expect(keys()).toEqual([])

    expect(await confirm(alex, first, 'orders > 1k/min are lost')).toMatch(/Emergency .*#1.* is raised/)
    const key = `slack:${stage.slack.teamId}:${channel}:${ts}`
    await eventually(() => expect(keys()).toEqual([key]))
    const [event] = stage.pagerduty.events()
    expect(event?.payload?.summary).toBe('orders > 1k/min are lost checkout answers 500 <for> everybody')
    expect(event?.client_url).toMatch(new RegExp(`/archives/${channel}/p${ts.replace('.', '')}$`))
    const root = await eventually(() => roots()[0] ?? expect.unreachable())
    expect(root.text).toMatch(
      new RegExp(
        `^Emergency #1, raised by <@${alex}> about <http.*\\|a message> by <@${sam}> in <#${channel}>: orders &gt; 1k`,
      ),
    )
    await eventually(() =>
      expect(
        stage.slack
          .thread(stage.channel, root.ts)
          .map((one) => one.text)
          .join('\n'),
      ).toMatch(/is paging Alex.*Raised about a message by/s),
    )

    // Kim had the form open all the while.
    expect(await confirm(kim, second)).toMatch(/belongs to emergency .*#1.*is open.*Nobody was paged now/)
    const third = await use(kim, channel, ts)
    expect(words(third)).toMatch(/belongs to emergency .*#1/)
    expect(third.view['submit']).toBeNull()
    // Slack delivers the press once more.
    const pressed = stage.slack.deliveries.find((one) => one.eventType === 'view_submission') ?? expect.unreachable()
    stage.slack.emitRaw({ type: 'interactive', accepts_response_payload: true, payload: pressed.payload })
    await eventually(() => expect(stage.slack.unacked()).toBe(0))
    expect(stage.slack.deliveries.filter((one) => one.eventType === 'view_submission')).toHaveLength(3)
    expect(keys()).toEqual([key])
    expect(roots()).toHaveLength(1)
    expect((await timeline(stage))[0]).toMatchObject({ kind: 'declared', via: 'shortcut', actor: `slack:${alex}` })
    expect(refusedBySlack(stage)).toEqual([])
  })

  it('names what is open, and pages anew; a reply is found by its address', async () => {
    await open({ mode: 'http' })
    const { alex } = stage.people
    await stage.say('push is down').expect(/is paging Alex/)
    const parent = elsewhere('deploying')
    const { channel, ts } = elsewhere('and now it is broken', { threadTs: parent.ts })
    const form = await use(alex, channel, ts)
    expect(words(form)).toMatch(/Open now.*#1.*push is down/)
    expect(await confirm(alex, form)).toMatch(/Emergency .*#2.* is raised/)
    await eventually(() => expect(keys()).toHaveLength(2))
    expect(stage.pagerduty.events()[1]?.client_url).toMatch(
      new RegExp(`/p${ts.replace('.', '')}\\?thread_ts=${parent.ts}&cid=${channel}$`),
    )
    await stage.bots[0]?.stop()
    await stage.bot()
    expect(words(await use(alex, channel, ts))).toMatch(/belongs to emergency .*#2/)
    expect(keys()).toHaveLength(2)
  })
})

describe('when something is out of order', () => {
  it('says in words what was not done when Slack does not show the form', async () => {
    await open()
    const { alex } = stage.people
    const { channel, ts } = elsewhere('checkout is down')
    const mended = stage.slack.fault({ method: 'views.open', error: 'expired_trigger_id' })
    await stage.slack.shortcut({ user: alex, callbackId: CALLBACK, channel, ts })
    await whisper(stage, alex, /Nobody was paged: Slack did not show the form.*post in <#/)
    expect(keys()).toEqual([])
    mended()
    expect(await confirm(alex, await use(alex, channel, ts))).toMatch(/is raised/)
  })

  it('pages although the store does not answer, and says that the record follows', async () => {
    let away = false
    const gone = () => Promise.reject(new MaydayError('STORE_UNAVAILABLE', { retry: true }))
    await open({
      wrapStore: (store) => ({
        ...store,
        tx: (work, urgency) => (away ? gone() : store.tx(work, urgency)),
        pages: { ...store.pages, byDedupKey: (key) => (away ? gone() : store.pages.byDedupKey(key)) },
      }),
    })
    const { alex } = stage.people
    const { channel, ts } = elsewhere('checkout is down')
    away = true
    const form = await use(alex, channel, ts)
    expect(words(form)).toMatch(/cannot read its store/)
    expect(await confirm(alex, form)).toMatch(/on its way to PagerDuty without a record.*call by phone, too/)
    await eventually(() => expect(keys()).toHaveLength(1))
    away = false
    await eventually(() => {
      stage.clock.forward('1s')
      expect(roots()[0]?.text).toMatch(/^Emergency #1, raised by/)
    })
    expect(new Set(keys())).toEqual(new Set([`slack:${stage.slack.teamId}:${channel}:${ts}`]))
  })
})

describe('the shortcut on a message of the emergency channel', () => {
  it('pages about a message that does not page by itself, in its own thread', async () => {
    await open()
    const { alex, guest, stranger, sam } = stage.people
    const thread = stage.say('CPU at 100 %', { botId: 'B0ALERTS1' })
    for (const other of [guest, stranger]) {
      expect(words(await use(other, stage.channel, thread.ts))).toMatch(
        /Nothing was done: you (?:are a guest|belong to)/,
      )
    }
    const form = await use(alex, stage.channel, thread.ts)
    // A client that sends somebody else's form as its own person.
    expect(await forged(guest, form)).toMatch(/you are a guest/)
    expect(keys()).toEqual([])
    expect(await confirm(alex, form)).toMatch(/#1.* is raised/)
    await thread.expect(/is paging Alex/)
    expect(roots()).toEqual([])
    // The window in which others join begins with the press, not with the old message.
    expect(keys()).toEqual([thread.key])
    await stage.say('me too').expect(/added to emergency/)

    const reply = stage.slack.say({ channel: stage.channel, user: sam, text: 'what now?', threadTs: thread.ts })
    expect(words(await use(sam, stage.channel, reply.ts))).toMatch(/#1.*is open/)
    await thread.press('incident.resolve')
    await thread.expect(/resolved by/)
    expect(words(await use(sam, stage.channel, thread.ts))).toMatch(/#1.*is closed.*Post in/)
    expect(keys().filter((key) => key !== thread.key)).toEqual([])
  })

  it('says so when nobody can be called by it: shadow mode, and as many pages as may be in one minute', async () => {
    await open({ yaml: 'paging: {max_pages_per_minute: 1}\n' })
    const { alex } = stage.people
    await stage.say('push is down').expect(/is paging Alex/)
    const { channel, ts } = elsewhere('another thing')
    expect(await confirm(alex, await use(alex, channel, ts))).toMatch(/as often as it may in one minute/)
    expect(keys()).toHaveLength(1)
    await stage.close()
    await open({ yaml: 'paging: {mode: shadow}\n' })
    const again = elsewhere('another thing')
    const form = await use(stage.people.alex, again.channel, again.ts)
    expect(words(form)).toMatch(/Shadow mode/)
    expect(await confirm(stage.people.alex, form)).toMatch(/nobody was paged/)
    expect(keys()).toEqual([])
  })
})

describe('with the longest message', () => {
  it.each([
    ['ampersands', '&'],
    ['quotation marks', '"'],
    ['emoji', '🔥'],
    ['control characters', '\u0007'],
  ])('%s: Slack takes the form, and the page goes out', async (_name, of) => {
    await open()
    for (let i = 0; i < 5; i++)
      stage.slack.say({ channel: stage.channel, user: stage.people.sam, text: of.repeat(20_000) })
    await eventually(() => expect(keys()).toHaveLength(1))
    const { channel, ts } = elsewhere(of.repeat(20_000))
    const form = await use(stage.people.alex, channel, ts)
    expect(words(form)).toMatch(/longer than this/)
    expect(await confirm(stage.people.alex, form, '&'.repeat(300))).toMatch(/is raised/)
    await eventually(() => expect(keys()).toHaveLength(2))
    await eventually(() => expect(roots()).toHaveLength(1))
    expect(refusedBySlack(stage)).toEqual([])
  })
})
