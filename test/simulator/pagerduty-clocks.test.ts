import { expect, test } from 'vitest'
import type { PagerDutySimulator } from '../../src/simulator/pagerduty/simulator.js'
import { logTypes, startPagerDuty } from './pagerduty-rig.js'

const minute = 60_000

test('nobody acknowledges: level after level, round after round, then the end of the policy', async () => {
  const { sim, clock, page, called, incident } = await startPagerDuty()
  sim.setOnCall([['PALEX01'], [], ['PKIM002']], { levelDelayMinutes: 5, loops: 1 })
  await page('k')
  clock.forward(5 * minute - 1000)
  expect(called()).toEqual(['Alex Rivera'])
  clock.forward(1000)
  expect(called()).toEqual(['Alex Rivera', 'Kim Osei'])
  expect(incident()).toMatchObject({ escalationLevel: 3, assignees: ['PKIM002'] })
  clock.forward(60 * minute)
  expect(called()).toEqual(['Alex Rivera', 'Kim Osei', 'Alex Rivera', 'Kim Osei'])
  expect(logTypes(incident())).toContain('repeat_escalation_path_log_entry')
  expect(logTypes(incident()).at(-1)).toBe('exhaust_escalation_path_log_entry')
  expect(incident().status).toBe('triggered')
})

test('everybody on a level is called; the one who acknowledges has it', async () => {
  const { sim, clock, page, called, incident } = await startPagerDuty()
  sim.setOnCall([['PALEX01', 'PKIM002']])
  await page('k')
  expect(called()).toEqual(['Alex Rivera', 'Kim Osei'])
  sim.acknowledge(incident().id, 'PKIM002')
  expect(incident()).toMatchObject({ status: 'acknowledged', assignees: ['PKIM002'] })
  clock.forward(20 * minute)
  expect(called()).toHaveLength(2)
})

test('an acknowledgement that runs out calls again, and the escalation goes on', async () => {
  const { sim, clock, page, called, incident } = await startPagerDuty()
  sim.setOnCall([['PALEX01'], ['PKIM002']], { ackTimeoutMinutes: 10, levelDelayMinutes: 5, loops: 0 })
  await page('k')
  sim.acknowledge(incident().id, 'PALEX01')
  clock.forward(10 * minute)
  expect(incident().status).toBe('triggered')
  expect(logTypes(incident())).toContain('unacknowledge_log_entry')
  expect(called()).toEqual(['Alex Rivera', 'Alex Rivera'])
  clock.forward(5 * minute)
  expect(called()).toEqual(['Alex Rivera', 'Alex Rivera', 'Kim Osei'])
})

test.each([
  ['ackTimeoutMinutes', (sim: PagerDutySimulator) => sim.setOnCall([['PALEX01']], { ackTimeoutMinutes: 0 })],
  ['acknowledgementTimeoutSeconds', (sim: PagerDutySimulator) => sim.service({ acknowledgementTimeoutSeconds: 0 })],
])('%s 0 switches that clock off', async (_, switchOff) => {
  const { sim, clock, page, incident } = await startPagerDuty()
  switchOff(sim)
  await page('k')
  sim.acknowledge(incident().id, 'PALEX01')
  clock.forward(48 * 60 * minute)
  expect(incident().status).toBe('acknowledged')
})

test('unacknowledge lets the acknowledgement run out now', async () => {
  const { sim, page, incident } = await startPagerDuty()
  await page('k')
  sim.acknowledge(incident().id, 'PALEX01')
  sim.unacknowledge(incident().id)
  expect(incident()).toMatchObject({ status: 'triggered', acknowledgements: [] })
})

test('auto-resolve silently closes an emergency that nobody acknowledged', async () => {
  const { sim, clock, page, incident, follow } = await startPagerDuty()
  sim.service({ autoResolveTimeoutSeconds: 14_400 })
  await page('forgotten')
  await page('held')
  await follow('acknowledge', 'held')
  clock.forward(14_400_000)
  expect(incident(0)).toMatchObject({ status: 'resolved', changedBy: null })
  expect(incident(1).status).toBe('triggered')
})

test('a resolved incident rests: no clock touches it any more', async () => {
  const { sim, clock, page, called, incident } = await startPagerDuty()
  await page('k')
  sim.resolve(incident().id, 'PALEX01')
  clock.forward(24 * 60 * minute)
  expect(incident().status).toBe('resolved')
  expect(called()).toHaveLength(1)
})

test('reassign, note and merge as a person would do them', async () => {
  const { sim, page, called, incident } = await startPagerDuty()
  await page('a')
  await page('b')
  sim.reassign(incident(0).id, ['PKIM002'], 'PALEX01')
  sim.note(incident(0).id, 'PKIM002', 'looking')
  sim.merge(incident(0).id, incident(1).id, 'PKIM002')
  expect(called()).toEqual(['Alex Rivera', 'Alex Rivera', 'Kim Osei'])
  expect(incident(0)).toMatchObject({ status: 'resolved', mergedInto: incident(1).id, notes: [{ content: 'looking' }] })
  expect(incident(1).alerts.map((alert) => alert.key)).toEqual(['b', 'a'])
})
