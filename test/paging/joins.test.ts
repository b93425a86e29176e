import { afterEach, describe, expect, it } from 'vitest'
import type { Config } from '../../src/config/config.js'
import { createPageWorker } from '../../src/paging/pager.js'
import { createRequests } from '../../src/paging/request.js'
import type { PagerDutySimulator } from '../../src/simulator/pagerduty/simulator.js'
import { eventually } from '../support/eventually.js'
import { passing } from '../support/passing.js'
import { createStage, type Stage } from '../support/stage.js'
import { expectReply, expectTruth } from '../support/truth.js'

let stage: Stage

afterEach(() => stage.close())

const paged = () => stage.pagerduty.incidents().map((incident) => incident.title)

const DATABASES = {
  yaml: 'teams: { dba: { routing_key_env: DBA_KEY, about: Databases } }',
  env: (pagerduty: PagerDutySimulator) => {
    const { id } = pagerduty.addUser({ name: 'Dana Base', email: 'dana@example.com' })
    const team = pagerduty.addTeamService('Databases')
    pagerduty.setOnCall([[id]], { policyId: team.escalationPolicyId })
    return { DBA_KEY: team.routingKey }
  },
}

/** `mayday page TEXT --team NAME`, from a terminal beside the running bot. */
async function pageFromTerminal(text: string, team: string): Promise<void> {
  const [bot] = stage.bots
  if (bot === undefined) throw new TypeError('no bot is running')
  const { store, pager, directory, meter, clock, log, newId } = bot.ports
  const shared = { store, pager, clock, log, newId, random: Math.random, changed: () => {} }
  const worker = createPageWorker({ ...shared, directory, meter, policy: stage.config.paging, owner: 'terminal' })
  const requests = createRequests({ ...shared, worker, storm: stage.config.paging, mode: 'armed' })
  const at = clock.now()
  const by = 'terminal:root'
  await requests.declare({ dedupKey: 'terminal:1', channel: stage.channel, text, by, at, via: 'terminal', team })
}

describe('a message soon after an emergency for which nobody of the own service is called', () => {
  it('pages, when the emergency was raised for another team from a terminal', async () => {
    stage = await createStage(DATABASES)
    await pageFromTerminal('the replica lags', 'dba')
    await eventually(() => expect(paged()).toEqual(['the replica lags']))
    const thread = stage.say('checkout fails for everybody')
    await eventually(() => expectReply(thread, /Emergency #2: PagerDuty opened .* is paging Alex Rivera/u))
    expect(paged()).toEqual(['the replica lags', 'checkout fails for everybody'])
    expectTruth(stage)
  })

  it('pages, when the own page is resolved in PagerDuty and only another team is still on it', async () => {
    stage = await createStage(DATABASES)
    const first = stage.say('checkout fails for everybody')
    await eventually(() => expectReply(first, /is paging Alex Rivera/u))
    await first.press('incident.page_team', stage.people.sam, { selected: '1:dba' })
    await passing(stage, '250ms', () => expectReply(first, /Team dba: PagerDuty opened .* is paging Dana Base/u))
    stage.pagerduty.resolve(stage.pagerduty.incidents()[0]?.id ?? '', stage.onCall.alex)
    await passing(stage, '2s', () => expectReply(first, /The page was resolved by Alex Rivera/u))
    const second = stage.say('search is down')
    await eventually(() => expectReply(second, /Emergency #2: PagerDuty opened .* is paging Alex Rivera/u))
    expectTruth(stage)
  })

  it('pages, when the emergency is from before shadow mode was ended', async () => {
    stage = await createStage({ yaml: 'paging: { mode: shadow }' })
    const first = stage.say('checkout fails for everybody')
    await eventually(() => expectReply(first, /Emergency #1: shadow mode: nobody has been called/u))
    await stage.bots[0]?.stop()
    const paging: { mode: Config['paging']['mode'] } = stage.config.paging
    paging.mode = 'armed'
    await stage.bot()
    const second = stage.say('search is down')
    await eventually(() => expectReply(second, /Emergency #2: PagerDuty opened .* is paging Alex Rivera/u))
    expect(paged()).toEqual(['search is down'])
  })
})
