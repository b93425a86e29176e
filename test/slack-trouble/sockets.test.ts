import { afterEach, describe, expect, it } from 'vitest'
import { eventually } from '../support/eventually.js'
import { createStage, type Stage, type Thread } from '../support/stage.js'

let stage: Stage

afterEach(() => stage.close())

/** Waits on the network are real; here they are short. */
const timing = {
  pingMs: 40,
  backoffMs: 10,
  backoffCapMs: 60,
  closeMs: 60,
  retireMs: 400,
  mendMs: 50,
  crowdedMs: 50,
  stableMs: 50,
}

async function pagedOnce(thread: Thread): Promise<void> {
  await eventually(() => expect(stage.pagerduty.events().map((event) => event.dedup_key)).toContain(thread.key))
  await thread.expect(/is paging Alex|added to emergency/)
  const same = stage.pagerduty.events().filter((event) => event.dedup_key === thread.key)
  expect(same).toHaveLength(1)
}

/** The bot with both its sockets open. */
async function connected(): Promise<Stage> {
  stage = await createStage({ timing })
  await eventually(() => expect(stage.slack.sockets()).toBe(2))
  return stage
}

async function health(): Promise<string> {
  const [bot] = stage.bots
  return (await bot?.app.health())?.join(' ') ?? ''
}

describe('while Slack recycles, crowds or closes the sockets', () => {
  it.each([
    ['refresh_requested', {}],
    ['warning', { reason: 'warning' as const }],
    ['refresh_requested and the line left open', { leaveTcpOpen: true }],
  ])('%s: what is posted in the same breath pages once', async (_name, how) => {
    stage = await connected()
    stage.slack.refreshSockets(how)
    const thread = stage.say('push is down')
    await pagedOnce(thread)
    await eventually(() => expect(stage.slack.sockets()).toBeGreaterThanOrEqual(2))
    expect(await health()).toBe('')
  })

  it('too_many_websockets: pages from the history while no socket is to be had, and recovers', async () => {
    stage = await connected()
    stage.slack.tooManyWebsockets(true)
    stage.slack.dropSockets()
    await eventually(async () => expect(await health()).toMatch(/too many sockets.*Stop replicas/))
    const thread = stage.say('push is down')
    stage.clock.forward('1m')
    await pagedOnce(thread)
    expect(stage.slack.sockets()).toBe(0)
    stage.slack.tooManyWebsockets(false)
    await eventually(async () => expect(await health()).toBe(''))
    await thread.press('incident.ack')
    await thread.expect(/is on it/)
    expect(stage.pagerduty.incidents()).toHaveLength(1)
  })

  it('link_disabled: says which switch to turn, pages from the history meanwhile, and recovers', async () => {
    stage = await connected()
    stage.slack.disableLink()
    await eventually(async () => expect(await health()).toMatch(/Socket Mode is switched off.*Switch it on/))
    const thread = stage.say('push is down')
    stage.clock.forward('1m')
    await pagedOnce(thread)
    expect(stage.slack.sockets()).toBe(0)
    stage.slack.enableLink()
    await eventually(async () => expect(await health()).toBe(''))
    await thread.press('incident.ack')
    await thread.expect(/is on it/)
    expect(stage.pagerduty.incidents()).toHaveLength(1)
  })

  it.each([
    ['as documented', {}],
    ['as in the samples, inside an event', { wrapped: true }],
  ])('app_rate_limited %s: what Slack dropped is read from the history', async (_name, how) => {
    stage = await connected()
    const thread = stage.say('push is down', { deliver: false })
    stage.slack.appRateLimited(how)
    await pagedOnce(thread)
    // The bot is alive and hears the next one.
    const next = stage.say('and mail too')
    await next.expect(/added to emergency/)
  })

  it('an outage of all of Slack: the page goes the moment it ends, with the delay stated', async () => {
    stage = await connected()
    stage.slack.outage(true)
    await eventually(async () => expect(await health()).toMatch(/keeps trying/))
    const thread = stage.say('push is down')
    stage.clock.forward('5m')
    stage.slack.outage(false)
    await pagedOnce(thread)
    await thread.expect(/read it only 5 min later/)
  })
})
