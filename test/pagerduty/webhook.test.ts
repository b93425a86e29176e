import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { readWebhook, verifySignature } from '../../src/adapters/pagerduty/webhook.js'
import { emergency, only, startNight } from './support.js'

const secret = 'a webhook secret'
const sign = (body: string, key = secret) => `v1=${createHmac('sha256', key).update(body).digest('hex')}`

describe('whose delivery it is', () => {
  const body = '{"event":{"text":"ü"}}'
  test('one good signature among several is enough, in any spelling of hex', () => {
    expect(verifySignature(body, sign(body), secret)).toBe(true)
    expect(verifySignature(Buffer.from(body), ` ${sign(body, 'old')} , ${sign(body)} `, secret)).toBe(true)
    expect(verifySignature(body, sign(body).toUpperCase().replace('V1', 'v1'), secret)).toBe(true)
  })

  test.each([
    ['no header', undefined],
    ['an empty header', ''],
    ['no version', sign(body).slice(3)],
    ['another version', sign(body).replace('v1', 'v2')],
    ['half a signature', sign(body).slice(0, 40)],
    ['a longer one', `${sign(body)}00`],
    ['no hex', `v1=${'z'.repeat(64)}`],
    ['another secret', sign(body, 'guess')],
    ['another body', sign(`${body} `)],
  ])('%s is refused', (_, header) => {
    expect(verifySignature(body, header, secret)).toBe(false)
  })

  test('an empty secret verifies nothing', () => {
    expect(verifySignature(body, sign(body, ''), '')).toBe(false)
  })
})

/** A night whose PagerDuty delivers here. */
async function startReceiver() {
  const received: { readonly raw: Buffer; readonly header: string | undefined }[] = []
  let arrived: () => void = () => {}
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const header = request.headers['x-pagerduty-signature']
      received.push({ raw: Buffer.concat(chunks), header: Array.isArray(header) ? header.join(',') : header })
      response.writeHead(202).end()
      arrived()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve())))
  const { port } = server.address() as AddressInfo
  const night = await startNight({ webhook: { url: `http://127.0.0.1:${port}/webhooks/pagerduty`, secret } })
  const news = async (type: string) => {
    for (;;) {
      const found = received
        .filter(({ raw, header }) => verifySignature(raw, header, secret))
        .map(({ raw }) => readWebhook(JSON.parse(raw.toString('utf8'))))
        .find((one) => one?.type === type)
      if (found !== undefined) return found
      await new Promise<void>((resolve) => {
        arrived = resolve
      })
    }
  }
  return { ...night, received, news }
}

describe('what a delivery says', () => {
  test('a new page, its link and who is called', async () => {
    const { pagerDuty, pager, processed, news } = await startReceiver()
    await pager().send(emergency)
    processed()
    const { id } = only(pagerDuty.incidents())
    expect(await news('incident.triggered')).toMatchObject({
      incidentId: id,
      clientUrl: emergency.clientUrl,
      incident: { id, status: 'triggered', number: 1, assignees: ['Alex Rivera'] },
      at: only(pagerDuty.incidents()).createdAt,
      agent: { kind: 'integration' },
      deliveryId: expect.stringMatching(/./),
    })
  })

  test('who acknowledged, that it ran out, who resolved', async () => {
    const { pagerDuty, pager, processed, news } = await startReceiver()
    await pager().send(emergency)
    processed()
    const { id } = only(pagerDuty.incidents())
    pagerDuty.acknowledge(id, 'PKIM002')
    expect(await news('incident.acknowledged')).toMatchObject({
      incident: { status: 'acknowledged', acknowledgedBy: 'Kim Osei' },
      agent: { name: 'Kim Osei', kind: 'person' },
    })
    pagerDuty.unacknowledge(id)
    expect(await news('incident.unacknowledged')).toMatchObject({
      incident: { status: 'triggered' },
      agent: { kind: 'none' },
    })
    pagerDuty.resolve(id, 'PALEX01')
    expect(await news('incident.resolved')).toMatchObject({
      incident: { status: 'resolved', resolvedBy: 'Alex Rivera' },
    })
  })

  test('a merge is not a resolution, and says where it went on', async () => {
    const { pagerDuty, pager, processed, news, received } = await startReceiver()
    for (const dedupKey of ['a', 'b']) await pager().send({ ...emergency, dedupKey })
    processed()
    const [first, second] = pagerDuty.incidents()
    if (first === undefined || second === undefined) expect.fail('two incidents were expected')
    pagerDuty.merge(second.id, first.id, 'PALEX01')
    const merged = await news('incident.merged')
    expect(merged).toMatchObject({ incidentId: second.id, incident: { mergedInto: first.id, status: 'resolved' } })
    expect(received.map(({ raw }) => readWebhook(JSON.parse(raw.toString()))?.type)).not.toContain('incident.resolved')
  })

  test.each([
    [
      'a ping',
      { event: { id: '1', event_type: 'pagey.ping', occurred_at: '2021-07-17T02:00:00Z', data: { type: 'ping' } } },
    ],
    [
      'a note',
      {
        event: {
          id: '1',
          event_type: 'incident.annotated',
          occurred_at: '2021-07-17T02:00:00Z',
          data: { type: 'incident_note', incident: { id: 'P1' } },
        },
      },
    ],
    ['nothing', undefined],
    ['a text', 'event'],
    ['an empty object', {}],
  ])('%s says nothing about an incident', (_, body) => {
    expect(readWebhook(body)).toBeUndefined()
  })

  test('fields that PagerDuty may add or leave null do not hide the news', () => {
    const data = { type: 'incident', id: 'P1', html_url: 'https://x', status: 'resolved', assignees: null, new: [1] }
    const event = {
      event_type: 'incident.resolved',
      occurred_at: '2021-07-17T02:00:00Z',
      agent: null,
      client: null,
      data,
    }
    expect(readWebhook({ event, more: true })).toEqual({
      type: 'incident.resolved',
      incidentId: 'P1',
      incident: {
        id: 'P1',
        url: 'https://x',
        status: 'resolved',
        createdAt: Date.parse('2021-07-17T02:00:00Z'),
        assignees: [],
      },
      at: Date.parse('2021-07-17T02:00:00Z'),
      agent: { name: 'PagerDuty', kind: 'none' },
    })
  })
})
