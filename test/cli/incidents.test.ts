import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeOwner } from '../../src/adapters/store/owner.js'
import { openStore } from '../../src/adapters/store/store.js'
import { acknowledge, resolve } from '../../src/incidents/incident.js'
import { startDesk } from './rig.js'

test('what is open and what was lately, with the state of each page; Slack is not needed', async () => {
  const desk = await startDesk()
  const slackless = { SLACK_BOT_TOKEN: undefined, SLACK_APP_TOKEN: undefined }
  expect((await desk.type(['incidents'], slackless)).out).toEqual(['No emergency is open.'])
  await desk.type(['page', 'push is down'])
  await desk.type(['page', 'mail & more is down'])
  await desk.type(['page', 'search is down'])
  const store = await openStore({ url: join(desk.home, 'data', 'mayday.db'), owner: makeOwner() })
  const [third, second, first] = await store.incidents.open()
  if (first === undefined || second === undefined || third === undefined) expect.fail('three were expected')
  await store.incidents.save(acknowledge(second, 'pagerduty:Kim Osei', Date.now()))
  await store.incidents.save(resolve(first, 'slack:U1', Date.now(), true))
  await store.close()
  const said = await desk.type(['incidents'], slackless)
  expect(said).toMatchObject({ exit: 0, err: [] })
  expect(said.out).toEqual([
    '2 open:',
    expect.stringMatching(/^ {2}#3 {2}nobody has taken it, \d+ s old: search is down$/),
    expect.stringMatching(/^ {6}page: confirmed, PagerDuty: Alex Rivera https:\/\/simulated/),
    expect.stringMatching(/^ {2}#2 {2}Kim Osei is on it, \d+ s old: mail & more is down$/),
    expect.stringMatching(/^ {6}page: confirmed/),
    'Closed lately:',
    expect.stringMatching(/^ {2}#1 {2}false alarm, \d{4}-\d\d-\d\d .*UTC: push is down$/),
    expect.stringMatching(/^ {6}page: confirmed/),
  ])
  expect((await desk.type(['incidents', '--json'])).json()).toMatchObject({
    incidents: [
      { id: 3, state: 'declared', pages: [{ state: 'confirmed', pager: { assignees: ['Alex Rivera'] } }] },
      { id: 2, state: 'acknowledged' },
      { id: 1, state: 'resolved', falseAlarm: true },
    ],
  })
})

test('a page that did not get through shows why', async () => {
  const desk = await startDesk()
  desk.pagerDuty.outage(true)
  await desk.type(['page', 'push is down', '--wait', '1s'])
  expect((await desk.type(['incidents'])).text).toMatch(/page: requested \(HTTP 503.*\)/)
})
