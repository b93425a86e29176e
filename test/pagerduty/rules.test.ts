import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { gaps } from '../../src/adapters/pagerduty/coverage.js'
import { cutToBytes, eventBody, incidentText } from '../../src/adapters/pagerduty/event-body.js'
import { judge, retryAfter } from '../../src/adapters/pagerduty/verdict.js'
import { emergency } from './support.js'

const KEY32 = 'a'.repeat(32)
const LIMIT = 512 * 1024

describe('what is sent keeps the limits of PagerDuty, whatever was written in Slack', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((n) => String.fromCharCode(n)) }),
  )

  test('an event always has a summary, a source and no half character', () => {
    fc.assert(
      fc.property(text, text, text, (summary, body, source) => {
        const { payload } = eventBody({ ...emergency, summary, body, source }, KEY32)
        expect(payload?.summary.length).toBeGreaterThan(0)
        expect(payload?.source.length).toBeGreaterThan(0)
        const json = JSON.stringify(payload)
        expect(json).not.toMatch(/\\u0000|\\ud[89a-f]/)
      }),
    )
  })

  test('a long summary is cut on a whole character', () => {
    const { payload } = eventBody({ ...emergency, summary: `a${'🔥'.repeat(2000)}` }, KEY32)
    expect(payload?.summary).toBe(`a${'🔥'.repeat(511)}`)
    expect(eventBody({ ...emergency, summary: 'x'.repeat(1024) }, KEY32).payload?.summary).toHaveLength(1024)
  })

  test.each(['x', 'é', '🔥', '"', '\n', '\u0007'])(
    'a message of half a million %j fits, and says that it was cut',
    (unit) => {
      const body = JSON.stringify(eventBody({ ...emergency, body: unit.repeat(600_000) }, KEY32))
      expect(Buffer.byteLength(body)).toBeLessThanOrEqual(LIMIT)
      expect(Buffer.byteLength(body)).toBeGreaterThan(LIMIT * 0.95)
      expect(body).toMatch(/cut by Mayday: the whole message has \d+ characters/)
      expect(body).not.toMatch(/\\ud[89a-f]/)
    },
  )

  test('what fits stays as it is', () => {
    expect(cutToBytes('short', 100)).toBe('short')
  })

  test('an acknowledgement carries the key and nothing else', () => {
    expect(eventBody({ ...emergency, action: 'acknowledge' }, KEY32)).toEqual({
      routing_key: KEY32,
      event_action: 'acknowledge',
      dedup_key: emergency.dedupKey,
    })
  })

  test('a link that is no web address is left out rather than the page refused', () => {
    for (const clientUrl of ['javascript:alert(1)', 'slack', '', 'https://with space']) {
      expect(eventBody({ ...emergency, clientUrl }, KEY32)).not.toHaveProperty('client_url')
    }
  })

  test('the incident of the second road carries the link in its text', () => {
    expect(incidentText(emergency).details).toBe(`${emergency.body}\n\n${emergency.clientUrl}`)
  })
})

describe('how long PagerDuty asks to wait', () => {
  const now = Date.parse('2021-07-17T02:00:00Z')
  test.each([
    [{}, undefined],
    [{ 'retry-after': '' }, undefined],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': 'soon', 'ratelimit-reset': '4' }, 4_000],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': '0.5' }, 500],
    [{ 'retry-after': '-5' }, 0],
    [{ 'retry-after': 'Sat, 17 Jul 2021 02:00:10 GMT' }, 10_000],
    [{ 'retry-after': 'Sat, 17 Jul 2021 01:00:00 GMT' }, 0],
    [{ 'retry-after': 'Sat, 17 Jul 2021 02:00:10 GMT', date: 'Sat, 17 Jul 2021 02:00:08 GMT' }, 2_000],
    [{ 'retry-after': '99999' }, 300_000],
  ] as const)('%j', (headers, expected) => {
    expect(retryAfter(headers, now)).toBe(expected)
  })

  test('nothing said is nothing told', () => {
    expect(judge({ kind: 'answered', status: 429, headers: {}, body: undefined }, now)).toEqual({
      kind: 'retry',
      because: 'HTTP 429',
      status: 429,
    })
  })
})

test('a reason is one short line, whatever PagerDuty writes', () => {
  const body = { message: `much\n${'x'.repeat(5000)}`, errors: [1, null, { a: 1 }, 'text'], error: 7 }
  const failure = judge({ kind: 'answered', status: 400, headers: {}, body }, 0)
  expect(failure).toMatchObject({ kind: 'rejected', because: expect.stringMatching(/^HTTP 400: much x{100,200}$/) })
})

describe('holes in a rota', () => {
  const shift = (start: number | null, end: number | null) => ({ escalation_level: 1, user: { id: 'U' }, start, end })
  const minute = 60_000
  test.each([
    ['nobody at all', [], [{ from: 0, to: 100 * minute }]],
    ['somebody for ever', [shift(null, null)], []],
    ['two shifts that touch', [shift(null, 50 * minute), shift(50 * minute, null)], []],
    ['two that overlap', [shift(40 * minute, null), shift(null, 60 * minute)], []],
    ['a handover some seconds apart', [shift(0, 50 * minute), shift(50 * minute + 5_000, null)], []],
    ['a hole', [shift(0, 50 * minute), shift(55 * minute, null)], [{ from: 50 * minute, to: 55 * minute }]],
    [
      'a long shift hides a short one',
      [shift(0, 90 * minute), shift(10 * minute, 20 * minute), shift(90 * minute, null)],
      [],
    ],
    [
      'a late start and an early end',
      [shift(10 * minute, 90 * minute)],
      [
        { from: 0, to: 10 * minute },
        { from: 90 * minute, to: 100 * minute },
      ],
    ],
  ] as const)('%s', (_, shifts, expected) => {
    expect(gaps(shifts, 0, 100 * minute)).toEqual(expected)
  })
})
