import { afterEach, describe, expect, it } from 'vitest'
import { cardOf, expectOnce, expectTruth } from '../support/crash.js'
import { fromMessageToPage, fromPressToEnd } from '../support/crash-row.js'
import { eventually } from '../support/eventually.js'
import { createStage, type Stage, type Thread } from '../support/stage.js'

/** Waits of the connection to Slack that a test cannot move by its clock. */
const timing = { pingMs: 40, missedPings: 3, backoffMs: 20, backoffCapMs: 200, startMs: 2_000 }

let stage: Stage

afterEach(() => stage.close())

const stays = () => false
const paged = (thread: Thread) => fromMessageToPage.walk(stage, thread, stays)

/** The same event as Slack sends it, once more. */
function deliverAgain(thread: Thread, eventId?: string): void {
  const { channel, people } = stage
  const event = {
    type: 'message',
    channel,
    user: people.sam,
    text: 'the site is down',
    ts: thread.ts,
    event_ts: thread.ts,
  }
  stage.slack.emit({ ...event, channel_type: 'channel' }, eventId === undefined ? {} : { eventId })
}

async function everythingIsAcked(): Promise<void> {
  await eventually(() => {
    expect(stage.slack.deliveries.filter((one) => one.outcome === 'pending')).toEqual([])
    expect(stage.slack.unacked()).toBe(0)
  })
}

describe('a message that Slack delivers more than once', () => {
  it('pages once when it comes 11 times under different event ids', async () => {
    stage = await createStage()
    const thread = stage.say('the site is down', { deliveries: 11 })
    await paged(thread)
    await everythingIsAcked()
    expectOnce(stage, thread)
    expect(stage.pagerduty.events()).toHaveLength(1)
  })

  it('is redelivered when its ack was lost with the socket, and pages once', async () => {
    stage = await createStage({ timing })
    const thread = stage.say('the site is down')
    stage.slack.dropSockets()
    await paged(thread)
    await everythingIsAcked()
    expectOnce(stage, thread)
    expect(stage.pagerduty.events()).toHaveLength(1)
  })

  it('does not page again after it was resolved, hours later, also after a restart', async () => {
    stage = await createStage()
    const thread = stage.say('the site is down')
    await paged(thread)
    await fromPressToEnd.walk(stage, thread, stays)
    stage.clock.forward('5h')
    deliverAgain(thread)
    await stage.bots[0]?.stop()
    stage.clock.forward('15h')
    await stage.bot()
    await eventually(() => expect(stage.slack.sockets()).toBeGreaterThan(0))
    deliverAgain(thread, 'Ev0REDELIVERED')
    await everythingIsAcked()
    const next = stage.say('and now the database')
    await paged(next)
    expect(stage.pagerduty.incidents().map((incident) => incident.dedupKey)).toEqual([thread.key, next.key])
    expect(stage.pagerduty.incidents().map((incident) => incident.status)).toEqual(['resolved', 'triggered'])
  })
})

describe('a message that Slack does not deliver', () => {
  it('is found within a minute when Slack is silently deaf, and the card says how late', async () => {
    stage = await createStage()
    stage.slack.deafen(true)
    const thread = stage.say('the site is down')
    stage.clock.forward('1m')
    await paged(thread)
    expect(cardOf(thread)?.text).toMatch(/Mayday read it only \d+ s later/)
    expectOnce(stage, thread)
    expectTruth(stage, thread)
  })

  it('is found when the connection was half open, as soon as it is a whole one again', async () => {
    stage = await createStage({ timing })
    stage.slack.deafen(true, { pongs: false })
    const thread = stage.say('the site is down')
    await paged(thread)
    stage.slack.deafen(false)
    expectOnce(stage, thread)
  })

  it('is found when it was posted between two sockets', async () => {
    stage = await createStage({ timing })
    stage.slack.dropSockets()
    const thread = stage.say('the site is down', { deliver: false })
    await paged(thread)
    expectOnce(stage, thread)
    expect(cardOf(thread)?.text).not.toMatch(/later/)
  })

  it.each([false, true])('is found while Slack recycles the sockets (TCP left open: %s)', async (leaveTcpOpen) => {
    stage = await createStage({ timing })
    const first = stage.say('the site is down')
    stage.slack.refreshSockets({ leaveTcpOpen })
    const joined = stage.say('for me too')
    await paged(first)
    await joined.expect(/was added to emergency/)
    await everythingIsAcked()
    expect(stage.pagerduty.incidents()).toMatchObject([{ dedupKey: first.key }])
    expect(stage.pagerduty.events()).toHaveLength(1)
  })

  it('is paged after an outage of Slack, with the delay stated', async () => {
    stage = await createStage({ timing })
    stage.slack.outage(true)
    const thread = stage.say('the site is down', { deliver: false })
    stage.clock.forward('7m')
    await eventually(async () => expect(await stage.bots[0]?.app.health()).not.toEqual([]))
    stage.slack.outage(false)
    await paged(thread)
    expect(cardOf(thread)?.text).toMatch(/Mayday read it only 7 min later/)
    expectOnce(stage, thread)
    expectTruth(stage, thread)
  })

  it('pages although Slack has not said who Mayday is, once it has', async () => {
    stage = await createStage({ timing: { ...timing, startMs: 200 }, started: false, channelBy: 'id' })
    const lift = stage.slack.fault({ method: 'auth.test', status: 500 })
    await stage.bot()
    await eventually(() => expect(stage.slack.sockets()).toBeGreaterThan(0))
    const thread = stage.say('the site is down')
    await everythingIsAcked()
    lift()
    stage.clock.forward('30s')
    await paged(thread)
    expectOnce(stage, thread)
  })
})
