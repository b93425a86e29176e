import { afterEach, describe, expect, it } from 'vitest'
import { eventually } from '../support/eventually.js'
import { timeline } from '../support/heard.js'
import { createStage, type Stage, type Thread } from '../support/stage.js'

let stage: Stage

afterEach(() => stage.close())

async function calmThread(): Promise<Thread> {
  const thread = stage.say('push is down')
  await thread.expect(/is paging Alex/)
  await thread.expect(/^Checklist On-call/)
  return thread
}

function recorded(fact: Record<string, unknown>): Promise<void> {
  return eventually(async () => expect(await timeline(stage)).toContainEqual(expect.objectContaining(fact)))
}

/** Nothing but the first page has been sent, whatever else came over the wire. */
function pagedOnce(thread: Thread): void {
  expect(stage.pagerduty.events().map((event) => event.dedup_key)).toEqual([thread.key])
  expect(stage.pagerduty.incidents()).toHaveLength(1)
}

/** Posts one more message at the end; when that has been handled, everything before it has. */
async function settled(thread: Thread): Promise<void> {
  const last = stage.say('one more')
  await last.expect(/added to emergency/)
  await eventually(() => expect(stage.slack.unacked()).toBe(0))
  pagedOnce(thread)
}

describe('what becomes of a message after it has paged', () => {
  it('an edit goes on the timeline and pages nobody', async () => {
    stage = await createStage()
    const thread = await calmThread()
    stage.slack.edit({ channel: stage.channel, ts: thread.ts, text: 'push and mail are down' })
    await recorded({
      kind: 'message_edited',
      ts: thread.ts,
      text: 'push and mail are down',
      actor: `slack:${stage.people.sam}`,
    })
    await settled(thread)
  })

  it('an edit before the answer of PagerDuty makes no second page', async () => {
    stage = await createStage()
    const heal = stage.pagerduty.fault({ match: '/v2/enqueue', status: 503 })
    const thread = stage.say('push is down')
    stage.slack.edit({ channel: stage.channel, ts: thread.ts, text: 'push is down!' })
    await recorded({ kind: 'message_edited' })
    heal()
    stage.clock.forward('5s')
    await thread.expect(/is paging Alex/)
    pagedOnce(thread)
  })

  it('its deletion calls nobody off, and offers the button that does', async () => {
    stage = await createStage()
    const thread = await calmThread()
    stage.slack.erase({ channel: stage.channel, ts: thread.ts })
    await recorded({ kind: 'message_deleted', ts: thread.ts, root: true })
    await thread.expect(/message of this emergency was deleted.*page is still on/)
    expect(stage.pagerduty.incidents()[0]).toMatchObject({ status: 'triggered' })
    pagedOnce(thread)
    const offer = await thread.expect(/message of this emergency was deleted/)
    await stage.slack.press({
      user: stage.people.sam,
      channel: stage.channel,
      ts: offer.ts,
      actionId: 'incident.false_alarm',
    })
    await eventually(() => expect(stage.pagerduty.incidents()[0]).toMatchObject({ status: 'resolved' }))
    await thread.expect(/false alarm, closed/)
  })

  it('the deletion of one that had joined offers nothing: the emergency is another message', async () => {
    stage = await createStage()
    const thread = await calmThread()
    const joined = stage.say('mail too')
    await joined.expect(/added to emergency/)
    stage.slack.erase({ channel: stage.channel, ts: joined.ts })
    await recorded({ kind: 'message_deleted', ts: joined.ts })
    await settled(thread)
    expect(stage.told().filter((text) => /was deleted/.test(text))).toEqual([])
  })

  it('a deletion at once, before anything was said about it, does not undo the page', async () => {
    stage = await createStage()
    const thread = stage.say('push is down')
    stage.slack.erase({ channel: stage.channel, ts: thread.ts })
    await eventually(() => expect(stage.pagerduty.incidents()).toMatchObject([{ status: 'triggered' }]))
    await recorded({ kind: 'message_deleted', root: true })
    await eventually(() => expect(stage.told().some((text) => /was deleted.*page is still on/.test(text))).toBe(true))
    pagedOnce(thread)
  })

  it('replies are notes on the timeline, also when they are sent to the channel too', async () => {
    stage = await createStage()
    const thread = await calmThread()
    const { sam, kim, guest } = stage.people
    stage.say('looking at the queue', { threadTs: thread.ts, user: kim })
    stage.say('everybody: do not deploy', { threadTs: thread.ts, broadcast: true })
    stage.say('our customers see it too', { threadTs: thread.ts, user: guest })
    await recorded({ kind: 'noted', text: 'looking at the queue', actor: `slack:${kim}` })
    await recorded({ kind: 'noted', text: 'everybody: do not deploy', actor: `slack:${sam}` })
    await recorded({ kind: 'noted', text: 'our customers see it too', actor: `slack:${guest}` })
    await settled(thread)
    expect((await timeline(stage)).filter((fact) => fact.kind === 'noted')).toHaveLength(3)
  })

  it('a reply delivered several times is noted once', async () => {
    stage = await createStage()
    const thread = await calmThread()
    stage.say('looking', { threadTs: thread.ts, deliveries: 5 })
    await recorded({ kind: 'noted', text: 'looking' })
    await settled(thread)
    expect((await timeline(stage)).filter((fact) => fact.kind === 'noted')).toHaveLength(1)
  })
})

describe('what else is posted in the channel', () => {
  const noise: readonly (readonly [string, () => void])[] = [
    [
      'an alert of another bot',
      () => void stage.slack.say({ channel: stage.channel, text: 'CPU high', botId: 'BNAGIOS01' }),
    ],
    ['Slackbot', () => void stage.say('Reminder: retro', { user: 'USLACKBOT' })],
    ['somebody joins', () => stage.slack.setPersonMembership(stage.channel, stage.people.kim, false)],
    ['a topic', () => void stage.say('set the topic', { subtype: 'channel_topic' })],
    ['a pin', () => void stage.say('pinned a message', { subtype: 'pinned_item' })],
    ['a rename', () => void stage.say('renamed the channel', { subtype: 'channel_name' })],
    ['a huddle', () => void stage.say('A huddle started', { subtype: 'huddle_thread' })],
    ['something hidden', () => void stage.say('hidden', { extra: { hidden: true } })],
    ['a reply in a thread of no emergency', () => void stage.say('hi', { threadTs: '1600000000.000100' })],
  ]

  it.each(noise)('%s: nothing', async (_name, make) => {
    stage = await createStage()
    make()
    const real = stage.say('push is down')
    await real.expect(/is paging Alex/)
    pagedOnce(real)
    expect((await stage.bots[0]?.ports.store.incidents.recent(10)) ?? []).toHaveLength(1)
    expect((await timeline(stage)).filter((fact) => fact.kind === 'noted' || fact.kind === 'message_joined')).toEqual(
      [],
    )
  })

  it('a bot that is listed in paging.alert_bots pages like a person, by its own name', async () => {
    stage = await createStage({ yaml: 'paging: {alert_bots: [BNAGIOS01]}\n' })
    const { ts } = stage.slack.say({ channel: stage.channel, text: 'db-1 is down', botId: 'BNAGIOS01' })
    await eventually(() => expect(stage.told().some((text) => /is paging Alex/.test(text))).toBe(true))
    expect(stage.pagerduty.events()).toMatchObject([
      { dedup_key: `slack:${stage.slack.teamId}:${stage.channel}:${ts}`, payload: { summary: 'db-1 is down' } },
    ])
    expect(await timeline(stage)).toContainEqual(
      expect.objectContaining({ kind: 'declared', actor: 'slack:BNAGIOS01' }),
    )
    expect(stage.told().some((text) => /Posted by BNAGIOS01/.test(text))).toBe(true)
  })

  it('messages elsewhere: nothing', async () => {
    stage = await createStage()
    const other = stage.slack.addChannel({ name: 'random' })
    stage.say('push is down', { channel: other.id })
    const real = stage.say('push is down here')
    await real.expect(/is paging Alex/)
    pagedOnce(real)
  })
})
