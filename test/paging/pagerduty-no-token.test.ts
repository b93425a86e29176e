import { afterEach, describe, expect, it } from 'vitest'
import { type HttpSide, serveHttp } from '../../src/adapters/http.js'
import { readWebhook, verifySignature } from '../../src/adapters/pagerduty/webhook.js'
import { createLog } from '../../src/adapters/system.js'
import { eventually } from '../support/eventually.js'
import { passing, quietly } from '../support/passing.js'
import { createStage, type Stage } from '../support/stage.js'
import { CALL_LIST, CONTACTS, expectReply, expectTruth, wordings } from '../support/truth.js'

let stage: Stage
let http: HttpSide | undefined

afterEach(async () => {
  await http?.close()
  http = undefined
  await stage.close()
})

const NO_TOKEN = { PAGERDUTY_API_TOKEN: '', PAGERDUTY_FROM_EMAIL: '' }
const BLIND = /Mayday has no PagerDuty API token \(PAGERDUTY_API_TOKEN\): it cannot see who is called/u

describe('without an API token for PagerDuty', () => {
  it('pages, says on the card what it cannot see, and never calls accepted paged', async () => {
    stage = await createStage({ env: NO_TOKEN, yaml: CONTACTS })
    const thread = stage.say('checkout fails for everybody')
    await eventually(() => expectReply(thread, /PagerDuty accepted the page. Whom it calls is not confirmed/u))
    await eventually(() => expect(stage.pagerduty.incidents()).toMatchObject([{ notified: [{ user: 'PALEX01' }] }]))
    await quietly(stage, '20s', 5)
    const cards = wordings(stage).filter(({ text }) => /^\*?Emergency #\d+/u.test(text))
    expect(cards.length).toBeGreaterThan(0)
    for (const card of cards) expect(card.text).toMatch(BLIND)
    expect(stage.told().join('\n')).not.toMatch(/is paging|got through|paged/u)
    expect(stage.pagerduty.requests().every((request) => request.path === '/v2/enqueue')).toBe(true)
  })

  it('claims nothing about acknowledgements in PagerDuty when its deadlines pass', async () => {
    stage = await createStage({ env: NO_TOKEN, yaml: CONTACTS })
    const thread = stage.say('checkout fails for everybody')
    await eventually(() => expectReply(thread, /accepted the page/u))
    await eventually(() => expect(stage.pagerduty.incidents()).toHaveLength(1))
    stage.pagerduty.acknowledge(stage.pagerduty.incidents()[0]?.id ?? '', stage.onCall.alex)
    await passing(stage, '10s', () =>
      expectReply(thread, /in Slack after 2 min; whether somebody did in PagerDuty, Mayday cannot see/u),
    )
    await passing(stage, '10s', () =>
      expectReply(thread, /Mayday did not raise it to the next escalation level: it has no PagerDuty API token/u),
    )
    const backstop = await passing(stage, '10s', () =>
      expectReply(thread, /<!channel> \*Nobody has acknowledged the page in Slack after 1[01] min/u),
    )
    for (const person of CALL_LIST.slice(2)) expect(backstop.text).toMatch(person)
    expect(stage.told().join('\n')).not.toMatch(/Nobody has acknowledged the page after/u)
  })

  it('carries an acknowledgement and a resolution from Slack, and says that it cannot see their effect', async () => {
    stage = await createStage({ env: NO_TOKEN, yaml: CONTACTS })
    const thread = stage.say('checkout fails for everybody')
    await eventually(() => expectReply(thread, /accepted the page/u))
    await eventually(() => expect(stage.pagerduty.incidents()).toHaveLength(1))
    await thread.press('incident.ack')
    await eventually(() =>
      expectReply(thread, /acknowledged from Slack. Mayday has no PagerDuty API token, so it cannot see/u),
    )
    await eventually(() => expect(stage.pagerduty.incidents()).toMatchObject([{ status: 'acknowledged' }]))
    await quietly(stage, '1m', 12)
    expect(thread.history().join('\n')).not.toContain('<!channel>')

    await thread.press('incident.resolve')
    await eventually(() =>
      expectReply(thread, /PagerDuty accepted that; Mayday has no API token to see it take effect/u),
    )
    await eventually(() => expect(stage.pagerduty.incidents()).toMatchObject([{ status: 'resolved' }]))
    await eventually(() => expectReply(thread, /Emergency #1: resolved by/u))
  })

  it('keeps calling for help by phone when no page gets out', async () => {
    stage = await createStage({ env: NO_TOKEN, yaml: CONTACTS })
    stage.pagerduty.outage(true)
    const thread = stage.say('checkout fails for everybody')
    const loud = await passing(stage, '1s', () =>
      expectReply(thread, /<!channel> \*Nobody is known to have been paged/u),
    )
    for (const person of CALL_LIST.slice(2)) expect(loud.text).toMatch(person)
    stage.pagerduty.outage(false)
    await passing(stage, '1s', () =>
      expectReply(thread, /accepted the page now, at attempt \d+. Not confirmed yet: keep calling/u),
    )
    await quietly(stage, '20s', 5)
    expect(stage.pagerduty.incidents()).toMatchObject([{ status: 'triggered', notified: [{ user: 'PALEX01' }] }])
  })

  it('believes PagerDuty’s signed webhooks: confirmed, acknowledged, no longer, resolved', async () => {
    stage = await createStage({ env: NO_TOKEN, yaml: CONTACTS })
    await subscribe()
    stage.pagerduty.webhooks.duplicate(true)
    const thread = stage.say('checkout fails for everybody')
    await eventually(() => expectReply(thread, /is paging Alex Rivera. Not acknowledged yet/u))
    const id = stage.pagerduty.incidents()[0]?.id ?? ''

    stage.pagerduty.acknowledge(id, stage.onCall.alex)
    await eventually(() => expectReply(thread, /Alex Rivera \(in PagerDuty\) acknowledged the page/u))
    await quietly(stage, '1m', 12)
    expect(thread.history().join('\n')).not.toContain('<!channel>')

    stage.pagerduty.unacknowledge(id)
    await eventually(() => expectReply(thread, /no longer acknowledged in PagerDuty/u))
    await passing(stage, '10s', () => expectReply(thread, /in Slack after 2 min/u))

    stage.pagerduty.resolve(id, stage.onCall.kim)
    await eventually(() => expectReply(thread, /Emergency #1: resolved by Kim Osei \(in PagerDuty\)/u))
    expectTruth(stage)
  })
})

/** The webhook side of the bot, and a subscription for it in PagerDuty. */
async function subscribe(): Promise<void> {
  let secret = ''
  http = await serveHttp(0, {
    log: createLog({ level: 'silent', pretty: false, secrets: [] }),
    health: async () => [],
    metrics: async () => ({ text: '', contentType: 'text/plain' }),
    webhook: async (raw, signature) => {
      if (!verifySignature(raw, signature, secret)) return false
      const news = readWebhook(JSON.parse(raw.toString('utf8')))
      if (news !== undefined) await stage.bots[0]?.app.pagerNews(news)
      return true
    },
  })
  const { pagerduty } = stage
  const answer = await fetch(`${pagerduty.apiUrl}/webhook_subscriptions`, {
    method: 'POST',
    headers: { authorization: `Token token=${pagerduty.restToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      webhook_subscription: {
        type: 'webhook_subscription',
        events: ['incident.triggered', 'incident.acknowledged', 'incident.unacknowledged', 'incident.resolved'],
        filter: { type: 'account_reference' },
        delivery_method: { type: 'http_delivery_method', url: `http://127.0.0.1:${http.port}/webhooks/pagerduty` },
      },
    }),
  })
  expect(answer.status).toBe(200)
  secret = pagerduty.webhooks.list()[0]?.secret ?? ''
}
