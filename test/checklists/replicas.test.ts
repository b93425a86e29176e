/** Three copies of the bot on one Postgres: one truth about every step, one nudge, one tick for one fact. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { IncidentId } from '../../src/incidents/incident.js'
import { eventually } from '../support/eventually.js'
import { refusedBySlack, timeline } from '../support/heard.js'
import { startPostgres, type TestPostgres } from '../support/postgres.js'
import { createStage, type Stage } from '../support/stage.js'

let postgres: TestPostgres
let stage: Stage

beforeAll(async () => {
  postgres = await startPostgres()
}, 120_000)
afterAll(() => postgres.stop())
afterEach(() => stage.close())

it('three people press three buttons of one step through three copies, a fact comes, five minutes pass', async () => {
  stage = await createStage({ databaseUrl: await postgres.database(), replicas: 3 })
  const { sam, alex, kim } = stage.people
  const thread = stage.say('checkout is broken')
  const { ts } = await thread.expect(/^Checklist On-call: 0 of 13 done/)
  const press = { channel: stage.channel, ts, actionId: 'checklist.done', value: '1-on-call:contain' }
  await Promise.all([sam, alex, kim].map((user) => stage.slack.press({ user, ...press })))
  await thread.expect(/^Checklist On-call: 1 of 13 done/)
  const told = await eventually(() => {
    const all = [sam, alex, kim].filter((user) => stage.slack.ephemerals(user).length > 0)
    expect(all).toHaveLength(2)
    return all
  })
  const [done, ...others] = (await timeline(stage)).filter((fact) => fact.kind === 'step_done')
  expect(others).toEqual([])
  expect([sam, alex, kim].filter((user) => !told.includes(user))).toEqual([done?.actor.replace('slack:', '')])
  const head = { id: 'set', incidentId: 1 as IncidentId, at: stage.clock.now(), actor: 'mayday' } as const
  await stage.bots[0]?.ports.store.facts.append({ ...head, kind: 'severity_set', severity: 1 })
  await thread.expect(/^Checklist On-call: 2 of 13 done/)
  stage.clock.forward('6m')
  await thread.expect(/required steps that nobody has/)
  stage.clock.forward('6m')
  await stage.slack.press({ user: kim, ...press, value: '1-on-call:say-so' })
  await thread.expect(/^Checklist On-call: 3 of 13 done/)
  expect(thread.history().filter((text) => /that nobody has/.test(text))).toHaveLength(1)
  expect(thread.replies().filter((one) => /^Checklist On-call/.test(one.text))).toHaveLength(1)
  const kinds = (await timeline(stage)).filter((fact) => fact.kind === 'step_done').map((fact) => fact.actor)
  expect(kinds).toHaveLength(3)
  expect(refusedBySlack(stage)).toEqual([])
})
