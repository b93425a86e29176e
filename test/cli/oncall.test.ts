import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { CONTACTS, startDesk } from './rig.js'

test('who is on call, by level, with numbers', async () => {
  const desk = await startDesk()
  const said = await desk.type(['oncall'])
  expect(said).toMatchObject({ exit: 0, err: [] })
  expect(said.out).toEqual([
    expect.stringMatching(/^level 1: Alex Rivera, \+1 4155550101 \(permanent/),
    expect.stringMatching(/^level 2: Kim Osei, \+1 4155550102/),
  ])
  expect((await desk.type(['oncall', '--json'])).json()).toMatchObject({
    team: null,
    people: [
      { level: 1, name: 'Alex Rivera', email: 'alex@example.com' },
      { level: 2, name: 'Kim Osei' },
    ],
  })
})

test('a team of mayday.yml, and a team that is none', async () => {
  const desk = await startDesk()
  const { escalationPolicyId } = desk.pagerDuty.addTeamService('Data')
  desk.pagerDuty.setOnCall([['PKIM002']], { policyId: escalationPolicyId, until: '2099-01-01T08:00:00Z' })
  desk.configure(`${CONTACTS}teams:\n  data: { escalation_policy: ${escalationPolicyId} }\n`)
  const said = await desk.type(['oncall', '--team', 'data'])
  expect(said.out).toEqual([expect.stringMatching(/^level 1: Kim Osei/)])
  const typo = await desk.type(['oncall', '--team', 'dada'])
  expect(typo).toMatchObject({ exit: 2, err: [expect.any(String), expect.stringMatching(/Teams: data\./)] })
})

test('nobody is on call: said as the danger that it is', async () => {
  const desk = await startDesk()
  desk.pagerDuty.setOnCall([])
  expect((await desk.type(['oncall'])).out).toEqual(['Nobody is on call. A page would reach nobody.'])
})

test('PagerDuty is down: the copy of an earlier look stands; without one it is a failure with what to do', async () => {
  const desk = await startDesk()
  desk.pagerDuty.outage(true)
  const never = await desk.type(['oncall'])
  expect(never).toMatchObject({ exit: 1, out: [] })
  expect(never.text).toMatch(/did not say who is on call, and Mayday has no earlier copy\.\n.*paging\.contacts/)
  desk.pagerDuty.outage(false)
  await desk.type(['oncall'])
  desk.pagerDuty.outage(true)
  expect((await desk.type(['oncall'])).text).toMatch(/Alex Rivera/)
})

test('neither Slack nor a store is needed; a key is', async () => {
  const desk = await startDesk()
  const blocked = join(desk.home, 'not-a-directory')
  writeFileSync(blocked, '')
  const bare = { SLACK_BOT_TOKEN: undefined, SLACK_APP_TOKEN: undefined, MAYDAY_DATA_DIR: blocked }
  expect((await desk.type(['oncall'], bare)).text).toMatch(/Alex Rivera/)
  const blind = await desk.type(['oncall', '--json'], {
    PAGERDUTY_API_TOKEN: undefined,
    PAGERDUTY_FROM_EMAIL: undefined,
  })
  expect(blind.exit).toBe(1)
  expect(blind.json()).toMatchObject({ error: { code: 'PAGER_AUTH', hint: expect.stringMatching(/REST API key/) } })
})
