import { describe, expect, test } from 'vitest'
import { type InspectOptions, inspect } from '../../src/adapters/pagerduty/preflight.js'
import { hasty, startNight, teams } from './support.js'

async function startDoctor() {
  const night = await startNight()
  const doctor = (change: Partial<InspectOptions> = {}) => inspect({ ...night.settings(), ...change })
  const faults = async (change: Partial<InspectOptions> = {}) =>
    (await doctor(change)).filter((finding) => finding.level !== 'ok').map(({ level, what }) => `${level}: ${what}`)
  return { ...night, doctor, faults }
}

test('a healthy account has nothing to complain about, and says what was looked at', async () => {
  const { doctor, faults } = await startDoctor()
  expect(await faults()).toEqual([])
  const said = (await doctor()).map((finding) => finding.what).join('\n')
  for (const part of [
    /takes pages/,
    /groups no alerts/,
    /high urgency/,
    /2 levels/,
    /level 1 now/,
    /not on call/,
    /webhook/,
  ]) {
    expect(said).toMatch(part)
  }
})

test('it only reads', async () => {
  const { pagerDuty, doctor } = await startDoctor()
  await doctor()
  expect(new Set(pagerDuty.requests().map((request) => request.method))).toEqual(new Set(['GET']))
})

describe('settings of a service that swallow or weaken a page', () => {
  test.each([
    [{ status: 'disabled' }, /^fail: .*disabled/],
    [{ status: 'maintenance' }, /^fail: .*maintenance/],
    [{ alertGrouping: true }, /^fail: .*groups alerts/],
    [{ autoPause: true }, /^fail: .*pauses notifications/],
    [{ urgency: 'low' }, /^fail: .*low urgency/],
    [{ autoResolveTimeoutSeconds: 14_400 }, /^warn: .*by itself after 4 h/],
  ] as const)('%j', async (settings, expected) => {
    const { pagerDuty, faults } = await startDoctor()
    pagerDuty.service(settings)
    expect(await faults()).toEqual([expect.stringMatching(expected)])
  })

  test('an acknowledgement that runs out is told', async () => {
    const { pagerDuty, doctor } = await startDoctor()
    pagerDuty.service({ acknowledgementTimeoutSeconds: 1_800 })
    expect((await doctor()).map((finding) => finding.what)).toContainEqual(expect.stringMatching(/pages again 30 min/))
  })

  test('low urgency outside support hours is a failure, severity-based urgency is none', async () => {
    const { pagerDuty, faults } = await startDoctor()
    const rule = (incident_urgency_rule: object) => {
      const service = {
        ...{ id: pagerDuty.serviceId, name: 'Emergency', status: 'active', incident_urgency_rule },
        escalation_policy: { id: pagerDuty.escalationPolicyId },
      }
      const headers = { 'content-type': 'application/json' }
      const path = `/services/${pagerDuty.serviceId}`
      pagerDuty.fault({ match: path, times: 1, status: 200, headers, body: JSON.stringify({ service }) })
    }
    const [high, low] = [
      { type: 'constant', urgency: 'high' },
      { type: 'constant', urgency: 'low' },
    ]
    rule({ type: 'use_support_hours', during_support_hours: high, outside_support_hours: low })
    expect(await faults()).toEqual([expect.stringMatching(/low urgency at some hours/)])
    rule({ type: 'constant', urgency: 'severity_based' })
    expect(await faults()).toEqual([])
  })

  test('the service of every team is looked at', async () => {
    const { pagerDuty, faults } = await startDoctor()
    const data = pagerDuty.addTeamService('Data')
    pagerDuty.service({ status: 'disabled' }, data.serviceId)
    const both = teams([
      [undefined, pagerDuty.routingKey],
      ['data', data.routingKey],
    ])
    expect(await faults(both)).toEqual([expect.stringMatching(/^fail: .*"Data" \(team data\)/)])
  })

  test('a key that belongs to no visible service, without telling the key', async () => {
    const { faults } = await startDoctor()
    const key = 'f'.repeat(32)
    const said = await faults(teams([[undefined, key]]))
    expect(said).toEqual([expect.stringMatching(/^fail: No service .* the default routing key/)])
    expect(said.join()).not.toContain(key)
  })
})

describe('who is called', () => {
  test('one level, and no second round', async () => {
    const { pagerDuty, faults } = await startDoctor()
    pagerDuty.setOnCall([['PALEX01']], { loops: 0 })
    expect(await faults()).toEqual([
      expect.stringMatching(/^warn: .*one level/),
      expect.stringMatching(/^warn: .*goes silent/),
    ])
  })

  test('nobody at all', async () => {
    const { pagerDuty, faults } = await startDoctor()
    pagerDuty.setOnCall([])
    expect(await faults()).toContainEqual(
      expect.stringMatching(/^fail: .*nobody on call now and for at least seven days/),
    )
  })

  test('nobody from tomorrow on', async () => {
    const { pagerDuty, faults } = await startDoctor()
    pagerDuty.setOnCall([['PALEX01'], ['PKIM002']], { until: '2021-07-18T08:00:00Z' })
    expect(await faults()).toEqual([
      expect.stringMatching(/^fail: .*from 2021-07-18 08:00 UTC to 2021-07-24 02:00 UTC/),
    ])
  })

  test('nobody on the first level, but somebody on the second', async () => {
    const { pagerDuty, faults } = await startDoctor()
    pagerDuty.setOnCall([[], ['PKIM002']])
    expect(await faults()).toEqual([expect.stringMatching(/^warn: .*nobody on level 1 now/)])
  })

  test('a team that is only a policy', async () => {
    const { pagerDuty, faults } = await startDoctor()
    const { escalationPolicyId: policyId } = pagerDuty.addTeamService('Data')
    pagerDuty.setOnCall([['PALEX01']], { policyId })
    const both = teams([[undefined, pagerDuty.routingKey]], [['data', policyId]])
    expect(await faults(both)).toEqual([expect.stringMatching(/^warn: .*"Data policy" \(team data\) has one level/)])
    const wrong = teams([[undefined, pagerDuty.routingKey]], [['data', 'PNONE']])
    expect(await faults(wrong)).toEqual([expect.stringMatching(/^fail: .*escalation policy of team data: HTTP 404/)])
  })
})

describe('the user that Mayday writes as', () => {
  test('is not set, does not exist', async () => {
    const { faults } = await startDoctor()
    expect(await faults({ fromEmail: undefined })).toEqual([expect.stringMatching(/^fail: PAGERDUTY_FROM_EMAIL/)])
    // Part of an address that exists.
    expect(await faults({ fromEmail: 'bot@example.com' })).toEqual([expect.stringMatching(/^fail: .*no user bot@/)])
  })

  test('is on call', async () => {
    const { faults } = await startDoctor()
    expect(await faults({ fromEmail: 'kim@example.com' })).toEqual([expect.stringMatching(/^warn: kim@.* is on call/)])
  })
})

test('a webhook that PagerDuty has disabled is named by its host, never by its secret path', async () => {
  const { pagerDuty, faults } = await startDoctor()
  const method = { url: 'https://bot.example.com/hook/s3cret', temporarily_disabled: true }
  const subscriptions = [
    { id: 'PWH1', active: true, delivery_method: method },
    { id: 'PWH2', active: false },
  ]
  pagerDuty.fault({
    match: '/webhook_subscriptions',
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ webhook_subscriptions: subscriptions, more: false }),
  })
  const said = await faults()
  expect(said).toEqual([expect.stringMatching(/^warn: .*PWH1 to bot\.example\.com/), expect.stringMatching(/PWH2/)])
  expect(said.join()).not.toContain('s3cret')
})

describe('when PagerDuty does not answer', () => {
  test('no key: what is missing without it', async () => {
    const { pagerDuty, faults } = await startDoctor()
    expect(await faults({ token: undefined })).toEqual([expect.stringMatching(/^warn: PAGERDUTY_API_TOKEN is not set/)])
    expect(pagerDuty.requests()).toEqual([])
  })

  test('a wrong key, the wrong region, an outage, silence: one finding', async () => {
    const { pagerDuty, doctor } = await startDoctor()
    const [wrong] = await doctor({ token: 'guess' })
    expect(wrong).toMatchObject({ level: 'fail', remedy: expect.stringMatching(/PAGERDUTY_API_TOKEN.*region/) })
    pagerDuty.outage(true)
    expect(await doctor()).toEqual([
      expect.objectContaining({ level: 'fail', what: expect.stringMatching(/HTTP 503/) }),
    ])
    pagerDuty.outage(false)
    pagerDuty.fault({ match: '/abilities', hang: true })
    expect(await doctor({ limits: hasty })).toHaveLength(1)
  })

  test('a part that the key may not see is a finding, and the rest is looked at', async () => {
    const { pagerDuty, faults } = await startDoctor()
    pagerDuty.fault({ match: '/webhook_subscriptions', status: 403 })
    pagerDuty.fault({ match: /^\/services\/./, status: 500 })
    pagerDuty.fault({ match: '/oncalls', times: 1, status: 500 })
    expect(await faults()).toEqual([
      expect.stringMatching(/^fail: .*the service of the default routing key: HTTP 500/),
      expect.stringMatching(/^fail: .*who is on call/),
      expect.stringMatching(/^warn: .*webhook subscriptions: HTTP 403/),
    ])
  })
})
