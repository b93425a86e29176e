import { afterEach, describe, expect, it } from 'vitest'
import { type BotProcess, expectOnce, expectTruth, startBots } from '../support/crash.js'
import { fromMessageToPage, fromPressToEnd, PATIENT } from '../support/crash-row.js'
import { eventually } from '../support/eventually.js'
import { createStage, type Stage, type Thread } from '../support/stage.js'

const EVENTS = '/v2/enqueue'
const INCIDENTS = /^\/incidents/

let stage: Stage
let bots: BotProcess | undefined

afterEach(async () => {
  await bots?.kill()
  await stage.close()
})

const stays = () => false
const triggers = () => stage.pagerduty.events().filter((event) => event.event_action === 'trigger')

async function startAgain(after = '4s'): Promise<void> {
  await bots?.kill()
  stage.clock.forward(after)
  bots = await startBots([{ stage }])
}

async function endWell(thread: Thread): Promise<void> {
  await fromPressToEnd.walk(stage, thread, stays)
  expect(stage.pagerduty.incidents()).toMatchObject([{ status: 'resolved' }])
  expectOnce(stage, thread)
  expectTruth(stage, thread)
}

describe('a bot that is killed when PagerDuty has taken something and it does not know', () => {
  it('finds the page by its key and does not send it again', async () => {
    stage = await createStage({ started: false, yaml: PATIENT })
    bots = await startBots([{ stage }])
    const lift = stage.pagerduty.fault({ match: EVENTS, applyThenHang: true })
    const thread = stage.say('the site is down')
    await eventually(() => expect(stage.pagerduty.incidents()).toHaveLength(1))
    lift()
    await startAgain()
    await fromMessageToPage.walk(stage, thread, stays)
    expect(triggers()).toHaveLength(1)
    await endWell(thread)
  })

  it('does not call people again for what they resolved while it was down', async () => {
    stage = await createStage({ started: false, yaml: PATIENT })
    bots = await startBots([{ stage }])
    const lift = stage.pagerduty.fault({ match: EVENTS, applyThenHang: true })
    const thread = stage.say('the site is down')
    const incident = await eventually(() => {
      const [first] = stage.pagerduty.incidents()
      expect(first).toBeDefined()
      return first
    })
    await bots.kill()
    stage.pagerduty.resolve(incident?.id ?? '', stage.onCall.alex)
    lift()
    await startAgain('10m')
    await thread.expect(/Emergency #1: resolved by Alex/)
    expect(triggers()).toHaveLength(1)
    // The checklist may come after the card.
    await eventually(() => expectOnce(stage, thread))
  })

  it('sends it again while the first event is still on its way, and it stays one page', async () => {
    stage = await createStage({ started: false, yaml: PATIENT })
    bots = await startBots([{ stage }])
    const lift = stage.pagerduty.fault({ match: EVENTS, delayMs: 30_000 })
    const thread = stage.say('the site is down')
    await eventually(() => expect(stage.pagerduty.requests({ path: EVENTS })).not.toHaveLength(0))
    lift()
    await startAgain()
    await fromMessageToPage.walk(stage, thread, stays)
    stage.clock.forward('30s')
    await eventually(() => expect(triggers()).toHaveLength(2))
    await endWell(thread)
  })

  it('is taken by PagerDuty but not processed yet: one page, and the thread waits with it', async () => {
    stage = await createStage({ started: false, yaml: PATIENT })
    bots = await startBots([{ stage }])
    stage.pagerduty.delayProcessing(20_000)
    const thread = stage.say('the site is down')
    await thread.expect(/PagerDuty accepted the page/)
    await startAgain()
    expect(thread.history().join('\n')).not.toMatch(/is paging/)
    stage.clock.forward('20s')
    await fromMessageToPage.walk(stage, thread, stays)
    await endWell(thread)
  })

  it('finds what it created by the second road', async () => {
    stage = await createStage({ started: false, yaml: PATIENT })
    bots = await startBots([{ stage }])
    const close = stage.pagerduty.fault({ match: EVENTS, status: 400, body: '{"status":"invalid event"}' })
    const lift = stage.pagerduty.fault({ match: '/incidents', method: 'POST', applyThenHang: true })
    const thread = stage.say('the site is down')
    await eventually(() => expect(stage.pagerduty.incidents()).toHaveLength(1))
    await startAgain()
    lift()
    await fromMessageToPage.walk(stage, thread, stays)
    expect(stage.pagerduty.requests({ path: '/incidents', method: 'POST' })).toHaveLength(1)
    close()
    await fromPressToEnd.walk(stage, thread, stays)
    expect(stage.pagerduty.incidents()).toMatchObject([{ status: 'resolved' }])
  })

  it('carries an acknowledgement to its end when PagerDuty did it and the answer was lost', async () => {
    const thread = await pressAndKill('incident.ack', 'acknowledged')
    await thread.expect(/is on it/)
    await endWell(thread)
  })

  it('carries a resolution to its end when PagerDuty did it and the answer was lost', async () => {
    const thread = await pressAndKill('incident.resolve', 'resolved')
    await thread.expect(/^The page was resolved by <@/)
    expectOnce(stage, thread)
    expectTruth(stage, thread)
    expect(stage.pagerduty.incidents()[0]?.log.filter((entry) => entry.type === 'resolve_log_entry')).toHaveLength(1)
  })

  async function pressAndKill(press: string, status: string): Promise<Thread> {
    stage = await createStage({ started: false, yaml: PATIENT })
    bots = await startBots([{ stage }])
    const thread = stage.say('the site is down')
    await fromMessageToPage.walk(stage, thread, stays)
    const lift = stage.pagerduty.fault({ match: INCIDENTS, method: 'PUT', applyThenHang: true })
    await thread.press(press)
    await eventually(() => expect(stage.pagerduty.incidents()).toMatchObject([{ status }]))
    lift()
    await startAgain()
    return thread
  }
})
