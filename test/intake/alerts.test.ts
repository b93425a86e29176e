/** `POST /intake/alert`: what machines tell pages by the same rules as what people write. */
import { afterEach, describe, expect, test } from 'vitest'
import { eventually } from '../support/eventually.js'
import { firing, type IntakeStage, openIntake, SECRET } from './rig.js'

let stage: IntakeStage
afterEach(() => stage.close())

const told = (words: RegExp) => eventually(() => expect(stage.told().join('\n')).toMatch(words))
const kinds = async (id = 1) =>
  ((await stage.bots[0]?.ports.store.facts.ofIncident(id as never)) ?? []).map((fact) => fact.kind)

describe('who may', () => {
  test('only with the secret, in one of three headers, and never in the address', async () => {
    stage = await openIntake()
    const body = firing('PushDown')
    for (const headers of [{}, { authorization: 'Bearer wrong-secret-of-somebody' }, { 'x-mayday-secret': '' }]) {
      expect(await stage.post('/intake/alert', body, headers)).toBe(401)
    }
    expect(await stage.post(`/intake/alert?secret=${SECRET}`, body)).toBe(401)
    expect(stage.pages()).toEqual([])
    expect(await stage.post('/intake/alert', body, { 'x-mayday-secret': SECRET })).toBe(202)
    expect(await stage.post('/intake/alert', firing('Other'), { 'x-honeycomb-webhook-token': SECRET })).toBe(202)
    await eventually(() => expect(stage.pages()).toHaveLength(1))
  })

  test('a body that is too large, and one that is no JSON object, page nobody', async () => {
    stage = await openIntake()
    expect(await stage.alert('x'.repeat(1_000_001))).toBe(413)
    expect(await stage.alert('not json')).toBe(400)
    expect(await stage.alert([])).toBe(400)
    expect(stage.pages()).toEqual([])
  })
})

describe('an alert of Alertmanager', () => {
  test('pages, opens a thread in the channel, and redelivery does nothing', async () => {
    stage = await openIntake()
    expect(await stage.alert(firing('PushDown'))).toBe(202)
    await told(
      /Emergency #1, raised by Alertmanager: Alertmanager: PushDown: PushDown is &lt;bad&gt; &amp; getting worse/,
    )
    await told(/is paging Alex/)
    for (let i = 0; i < 3; i++) expect(await stage.alert(firing('PushDown'))).toBe(202)
    expect(stage.pages()).toHaveLength(1)
    expect(await stage.bots[0]?.ports.store.incidents.open()).toHaveLength(1)
  })

  test('the same alert that begins again another day pages again', async () => {
    stage = await openIntake()
    await stage.alert(firing('PushDown'))
    await told(/is paging Alex/)
    const incident = (await stage.bots[0]?.ports.store.incidents.open())?.[0]
    const { ts = '' } = stage.slack.messages(stage.channel).find((one) => /^Emergency #1, raised/.test(one.text)) ?? {}
    await eventually(() => expect(stage.slack.thread(stage.channel, ts).length).toBeGreaterThan(1))
    await stage.slack.slash({ user: stage.people.alex, channel: stage.channel, command: '/mayday', text: 'resolve' })
    await eventually(async () => expect(await stage.bots[0]?.ports.store.incidents.open()).toEqual([]))
    await stage.alert(firing('PushDown', { startsAt: '2026-11-26T03:00:00Z' }))
    await eventually(() => expect(stage.pages()).toHaveLength(2))
    expect(incident?.via).toBe('alert')
  })

  test('what is over is noted, and neither pages nor closes', async () => {
    stage = await openIntake()
    await stage.alert(firing('PushDown'))
    await told(/is paging Alex/)
    await stage.alert(firing('PushDown', { status: 'resolved' }))
    await told(/Alertmanager says that it is over: .*This emergency stays open until somebody resolves it/)
    expect(stage.pages()).toHaveLength(1)
    expect(await kinds()).toContain('alert_over')
    expect(await stage.bots[0]?.ports.store.incidents.open()).toHaveLength(1)
  })

  test('what is over without having been told is nothing', async () => {
    stage = await openIntake()
    expect(await stage.alert(firing('PushDown', { status: 'resolved' }))).toBe(202)
    expect(stage.pages()).toEqual([])
    expect(await stage.bots[0]?.ports.store.incidents.open()).toEqual([])
  })

  test('a group that grows joins its emergency, however long that is open; the button pages again', async () => {
    stage = await openIntake()
    await stage.alert(firing('PushDown'))
    await told(/is paging Alex/)
    stage.clock.forward('15m')
    await stage.alert(firing('PushDown', { fingerprint: 'bbbbbbbbbbbbbbbb' }))
    await told(/Also from Alertmanager: .*does not page again by itself/s)
    expect(stage.pages().filter((key) => key.startsWith('alert:'))).toHaveLength(1)
    const message = stage.slack
      .messages(stage.channel)
      .find((one) => JSON.stringify(one.blocks ?? []).includes('Different emergency'))
    await stage.slack.press({
      user: stage.people.alex,
      channel: stage.channel,
      ts: message?.ts ?? '',
      actionId: 'incident.page_again',
    })
    await eventually(() => expect(stage.pages().filter((key) => key.includes('#again'))).toHaveLength(1))
  })

  test('another alert within the window joins, later it pages', async () => {
    stage = await openIntake()
    await stage.alert(firing('PushDown'))
    await told(/is paging Alex/)
    await stage.alert(firing('DiskFull', { fingerprint: 'cccccccccccccccc' }))
    await told(/Also from Alertmanager: .*DiskFull/s)
    stage.clock.forward('11m')
    await stage.alert(firing('CertExpired', { fingerprint: 'dddddddddddddddd' }))
    await eventually(async () => expect(await stage.bots[0]?.ports.store.incidents.open()).toHaveLength(2))
  })

  test('still firing although people closed the emergency: said loudly, once, and nobody is paged', async () => {
    stage = await openIntake()
    await stage.alert(firing('PushDown'))
    await told(/is paging Alex/)
    await stage.slack.slash({ user: stage.people.alex, channel: stage.channel, command: '/mayday', text: 'resolve' })
    await eventually(async () => expect(await stage.bots[0]?.ports.store.incidents.open()).toEqual([]))
    await stage.alert(firing('PushDown'))
    await stage.alert(firing('PushDown'))
    await told(/Alertmanager still says, although this emergency is closed/)
    expect(stage.pages()).toHaveLength(1)
  })
})

describe('other machines', () => {
  const honeycomb = (status: string) => ({
    ...{ version: 'v0.1.0', id: 'abdcefg', name: 'slow pushes', status, summary: `${status}: slow pushes` },
    ...{ description: 'Currently greater than 2', operator: 'greater than', threshold: 2 },
    ...{ trigger_url: 'https://ui.honeycomb.io/t', result_url: 'https://ui.honeycomb.io/r', result_groups: [] },
  })
  const datadog = (state: string, id: string) => ({
    ...{ body: 'push latency', last_updated: '1406662672000', event_type: 'metric_alert_monitor' },
    ...{ title: `[${state}] Push latency on {host:push-1}`, date: '1406662672000', id },
    org: { id: '11023', name: 'acme' },
  })

  test('Honeycomb: triggered pages once for one delivery, OK is noted', async () => {
    stage = await openIntake()
    const delivery = { 'x-honeycomb-webhook-delivery-id': 'd-1' }
    await stage.alert(honeycomb('TRIGGERED'), delivery)
    await stage.alert(honeycomb('TRIGGERED'), delivery)
    await told(/raised by Honeycomb: Honeycomb: TRIGGERED: slow pushes/)
    await stage.alert(honeycomb('OK'), { 'x-honeycomb-webhook-delivery-id': 'd-2' })
    await told(/Honeycomb says that it is over/)
    expect(stage.pages()).toHaveLength(1)
  })

  test('Datadog, default payload: triggered pages once, recovered is noted', async () => {
    stage = await openIntake()
    await stage.alert(datadog('Triggered', '1'))
    await stage.alert(datadog('Triggered', '1'))
    await told(/raised by Datadog: Datadog: \[Triggered\] Push latency/)
    await stage.alert(datadog('Recovered', '2'))
    await told(/Datadog says that it is over/)
    expect(stage.pages()).toHaveLength(1)
  })

  test('Datadog with the cycle key: a renotification is the same alert', async () => {
    stage = await openIntake()
    const more = { alert_cycle_key: 'c-1', alert_id: '77' }
    await stage.alert({ ...datadog('Triggered', '1'), ...more, alert_transition: 'Triggered' })
    await told(/is paging Alex/)
    await stage.alert({ ...datadog('Re-Triggered', '2'), ...more, alert_transition: 'Renotify' })
    await stage.alert({ ...datadog('Recovered', '3'), ...more, alert_transition: 'Recovered' })
    await told(/Datadog says that it is over/)
    expect(stage.pages()).toHaveLength(1)
    expect(await kinds()).not.toContain('alert_joined')
  })

  test('an alert of unknown form pages: if unsure, page', async () => {
    stage = await openIntake()
    await stage.alert({ whatever: 1, message: 'the sky falls <!channel>' })
    await told(/an alert of a form that Mayday does not know: the sky falls &lt;!channel&gt;/)
    await eventually(() => expect(stage.pages()).toHaveLength(1))
  })
})

describe('when others are down', () => {
  test('Slack: the page goes out before it, and the thread follows when Slack is back', async () => {
    stage = await openIntake()
    stage.slack.outage(true)
    expect(await stage.alert(firing('PushDown'))).toBe(202)
    await eventually(() => expect(stage.pages()).toHaveLength(1))
    expect(stage.told()).toEqual([])
    stage.slack.outage(false)
    await told(/raised by Alertmanager/)
  })

  test('the store: the page goes out without a record, the machine is asked to send it again, and it is one page', async () => {
    let away = false
    stage = await openIntake({
      wrapStore: (store) => ({
        ...store,
        tx: (work, urgency) => (away ? Promise.reject(new TypeError('away')) : store.tx(work, urgency)),
      }),
    })
    away = true
    expect(await stage.alert(firing('PushDown'))).toBe(503)
    await eventually(() => expect(stage.pages()).toHaveLength(1))
    expect(await stage.alert(firing('PushDown'))).toBe(503)
    away = false
    await eventually(async () => expect(await stage.alert(firing('PushDown'))).toBe(202))
    await told(/is paging Alex/)
    expect(stage.pages()).toHaveLength(1)
  })
})
