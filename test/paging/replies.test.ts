import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Fact, IncidentId, Page, PageFact, PageId } from '../../src/incidents/incident.js'
import { type ReplyContext, replyTo } from '../../src/paging/replies.js'
import { ANY, nightOf } from './model/arbitrary.js'
import { spend } from './model/night.js'

const T0 = Date.UTC(2021, 6, 10, 2)
const PAGE: Page = {
  id: 'page-1' as PageId,
  incidentId: 12 as IncidentId,
  dedupKey: 'slack:T1:C1:1625882400.000100',
  summary: 'the site is down',
  body: 'the site is down',
  requestedBy: 'slack:U0SAM',
  requestedAt: T0,
  state: 'requested',
  attempts: 1,
  uncertain: false,
  lookups: 0,
  watch: { since: T0 },
  merged: [],
  notBefore: T0,
}
const PAGER = { id: 'P1', url: 'https://example.pagerduty.com/incidents/P1', assignees: ['Alex Rivera'] }
const SHOUTED: Page = { ...PAGE, watch: { since: T0, shoutedAt: T0 + 20_000 } }
const CONFIRMED: Page = { ...PAGE, state: 'confirmed', confirmedAt: T0 + 2_000, pager: PAGER }
const FAILURE = { kind: 'retry', because: 'HTTP 503', at: T0 } as const
const UNANSWERED = { kind: 'unknown', because: 'no answer within 12 s', at: T0 } as const
const CONTEXT: ReplyContext = {
  page: PAGE,
  actor: 'mayday',
  at: T0 + 120_000,
  onCall: { readAt: T0, people: [{ name: 'Alex Rivera', level: 1, phone: '+1 415 555 0101' }] },
  contacts: [{ name: 'Kim Osei', phone: '+49 30 1234', slack: 'U0KIM' }],
  reads: true,
}

type Body = PageFact extends infer F ? (F extends PageFact ? Omit<F, 'page'> : never) : never
const reply = (body: Body, more: Partial<ReplyContext> = {}) =>
  replyTo({ page: PAGE.id, ...body } as PageFact, { ...CONTEXT, ...more })
const ALEX = { actor: 'slack:U0ALEX' as const }

describe('what the thread is told', () => {
  it.each<readonly [string, Body, Partial<ReplyContext>, RegExp]>([
    ['shadow', { kind: 'page_shadowed' }, {}, /^Shadow mode: .*Nobody has been called/],
    [
      'accepted after a shout',
      { kind: 'page_accepted', road: 'rest', attempts: 7 },
      { page: SHOUTED },
      /accepted the page now, at attempt 7.*Not confirmed yet: keep calling/,
    ],
    [
      'failing',
      { kind: 'page_failing', failure: FAILURE },
      {},
      /has not taken the page yet \(HTTP 503\).*keeps trying/,
    ],
    ['no answer', { kind: 'page_failing', failure: UNANSWERED }, {}, /did not say whether it took the page/],
    ['refused', { kind: 'page_rejected', failure: FAILURE }, {}, /HTTP 503.*trying another way/],
    [
      'asked to acknowledge, unseen',
      { kind: 'page_acknowledge_asked', verifiable: false },
      ALEX,
      /<@U0ALEX> is on it.*cannot see whether PagerDuty has stopped/,
    ],
    ['acknowledged', { kind: 'page_acknowledged' }, ALEX, /^<@U0ALEX> acknowledged the page\.$/],
    [
      'acknowledged in PagerDuty',
      { kind: 'page_acknowledged' },
      { actor: 'pagerduty:Alex <!here>' },
      /^Alex &lt;!here&gt; \(in PagerDuty\) acknowledged/,
    ],
    ['resolved', { kind: 'page_resolved', falseAlarm: false }, ALEX, /^The page was resolved by <@U0ALEX>\.$/],
    [
      'resolved, unseen',
      { kind: 'page_resolved', falseAlarm: false },
      { ...ALEX, reads: false },
      /accepted that; Mayday has no API token/,
    ],
    [
      'false alarm',
      { kind: 'page_resolved', falseAlarm: true },
      { ...ALEX, page: CONFIRMED },
      /False alarm, says <@U0ALEX>, 2 min after the page\. PagerDuty was already paging \*Alex Rivera\*.*Thank you/,
    ],
    ['false alarm before anybody was seen', { kind: 'page_resolved', falseAlarm: true }, ALEX, /may have been called/],
    [
      'a wish that failed',
      { kind: 'page_wish_failed', wish: 'resolve', because: 'HTTP 503' },
      {},
      /did not take the resolution \(HTTP 503\), so it may go on calling/,
    ],
    [
      'reminder',
      { kind: 'page_reminded', assignees: ['Kim Osei'] },
      {},
      /^<@U0KIM> Nobody has acknowledged the page after 2 min\. PagerDuty is paging \*Kim Osei\*/,
    ],
    ['reminder, nobody known', { kind: 'page_reminded', assignees: [] }, {}, /Nobody is confirmed as called/],
    [
      'reminder without sight',
      { kind: 'page_reminded', assignees: [] },
      { reads: false },
      /whether somebody did in PagerDuty, Mayday cannot see/,
    ],
    ['escalated', { kind: 'page_escalated', level: 2 }, {}, /raised it to escalation level 2/],
    [
      'not escalated',
      { kind: 'page_escalated', because: 'HTTP 500' },
      {},
      /did not raise it to the next escalation level: HTTP 500/,
    ],
    ['merged', { kind: 'page_doubled', double: 'P2', merged: true }, {}, /may have been called twice/],
    [
      'not merged',
      { kind: 'page_doubled', double: 'P2', merged: false },
      {},
      /resolve P2 there by hand; it is not a second emergency/,
    ],
  ])('%s, quietly', (_name, body, more, words) => {
    const said = reply(body, more)
    expect(said?.text).toMatch(words)
    expect(said?.loud).toBe(false)
    expect(said?.text).not.toContain('<!channel>')
  })

  it.each<readonly [string, Body, Partial<ReplyContext>, RegExp]>([
    [
      'not delivered',
      { kind: 'page_not_delivered', failure: FAILURE },
      {},
      /<!channel>.*Nobody is known to have been paged.*HTTP 503.*call by phone/s,
    ],
    [
      'unconfirmed',
      { kind: 'page_unconfirmed', exists: false },
      {},
      /<!channel>.*made no incident of it.*call by phone/s,
    ],
    ['nobody assigned', { kind: 'page_unconfirmed', exists: true }, {}, /nobody is assigned to it.*call by phone/s],
    [
      'unconfirmed for a team, which says nothing of the other pages',
      { kind: 'page_unconfirmed', exists: true },
      { page: { ...PAGE, team: 'data' } },
      /Nobody is known to have been paged for team data\.\*/,
    ],
    [
      'got through late',
      { kind: 'page_confirmed', pager: PAGER, late: true },
      { page: CONFIRMED },
      /got through after all: PagerDuty is paging \*Alex Rivera\*/,
    ],
    [
      'no longer acknowledged',
      { kind: 'page_unacknowledged' },
      { page: CONFIRMED },
      /no longer acknowledged.*PagerDuty calls again/,
    ],
    [
      'backstop',
      { kind: 'page_backstop' },
      {},
      /<!channel>.*Nobody has acknowledged.*say so in the thread.*call by phone/s,
    ],
  ])('%s, loudly', (_name, body, more, words) => {
    const said = reply(body, more)
    expect(said?.text).toMatch(words)
    expect(said?.loud).toBe(true)
  })

  it('says nothing where the card says it all', () => {
    expect(reply({ kind: 'page_requested' })).toBeUndefined()
    expect(reply({ kind: 'page_accepted', road: 'events', attempts: 1 })).toBeUndefined()
    expect(reply({ kind: 'page_confirmed', pager: PAGER, late: false }, { page: CONFIRMED })).toBeUndefined()
    expect(reply({ kind: 'page_resolve_asked', falseAlarm: false, verifiable: true })).toBeUndefined()
    expect(reply({ kind: 'page_acknowledge_asked', verifiable: true })).toBeUndefined()
  })

  it('does not say that anybody is called again where nobody is assigned any more', () => {
    const page: Page = { ...PAGE, state: 'accepted', pager: { ...PAGER, assignees: [] } }
    expect(reply({ kind: 'page_unacknowledged' }, { page })?.text).not.toMatch(/calls again/)
  })

  it('names a person on call once, with the mention and the number that their contact adds', () => {
    const people = [{ name: 'Alex Rivera', level: 1 }]
    const contacts = [
      { name: 'Alex Rivera', phone: '+1 415', slack: 'U0ALEX' },
      { name: 'Jo', phone: '+1 212' },
    ]
    const onCall = { readAt: T0, people }
    const text = reply({ kind: 'page_not_delivered', failure: FAILURE }, { onCall, contacts })?.text
    expect(text).toContain('\n• Alex Rivera (on call, level 1): +1 415 <@U0ALEX>\n• Jo: +1 212\n')
  })

  it('names whom to call, what is not known, and how old the list is', () => {
    const people = [
      { name: 'Alex Rivera', level: 1, phone: '+1 415 555 0101' },
      { name: 'Noor', level: 2 },
    ]
    const text = reply(
      { kind: 'page_not_delivered', failure: FAILURE },
      { onCall: { readAt: T0 - 7_200_000, people } },
    )?.text
    expect(text).toContain('• Alex Rivera (on call, level 1): +1 415 555 0101')
    expect(text).toContain('• Noor (on call, level 2): _no number known_')
    expect(text).toContain('• Kim Osei: +49 30 1234 <@U0KIM>')
    expect(text).toMatch(/read 2 h 2 min ago/)
    const nothing = reply({ kind: 'page_not_delivered', failure: FAILURE }, { onCall: undefined, contacts: [] })?.text
    expect(nothing).toMatch(/knows no phone number: look in PagerDuty.*`paging\.contacts`/)
  })

  it('mentions nobody for what others have written', () => {
    const evil = fc.constantFrom(
      '<!channel>',
      '<@U0VICTIM>',
      '<!here|x>',
      '<https://evil.example|click>',
      '*bold* & <b>',
    )
    fc.assert(
      fc.property(evil, (text) => {
        const onCall = { readAt: T0, people: [{ name: text, level: 1, phone: text }] }
        const said = [
          reply({ kind: 'page_failing', failure: { ...FAILURE, because: text } }),
          reply(
            { kind: 'page_not_delivered', failure: { ...FAILURE, because: text } },
            { onCall, contacts: [{ name: text }] },
          ),
          reply({ kind: 'page_reminded', assignees: [text] }, { page: { ...PAGE, team: text } }),
          reply({ kind: 'page_acknowledged' }, { actor: `pagerduty:${text}` }),
        ]
        for (const one of said) expect(one?.text.replaceAll('<!channel> *Nobody', '')).not.toMatch(/<[!@h]/)
      }),
    )
  })
})

describe('no sentence is ahead of its state', () => {
  it('through any night', async () => {
    await fc.assert(
      fc.asyncProperty(nightOf(ANY), async (night) => {
        const { facts, page } = await spend(night)
        const seen = new Set<Fact['kind']>()
        for (const fact of facts) {
          seen.add(fact.kind)
          const said = replyTo(fact as Fact & PageFact, {
            ...CONTEXT,
            page,
            actor: fact.actor,
            at: fact.at,
            reads: night.reads,
          })
          for (const [words, after] of CLAIMS)
            if (words.test(said?.text ?? '')) expect([...seen], `${fact.kind}: ${said?.text}`).toContain(after)
        }
      }),
      { numRuns: 100 },
    )
  })
})

/** Words, and the fact before which nobody may use them. */
const CLAIMS: readonly (readonly [RegExp, Fact['kind']])[] = [
  [/is paging|got through after|already paging|calls again|raised it to/, 'page_confirmed'],
  [/PagerDuty accepted the page/, 'page_accepted'],
  [/(?<!Nobody has )acknowledged the page/, 'page_acknowledged'],
  [/no longer acknowledged/, 'page_acknowledged'],
  [/was resolved by|^False alarm/, 'page_resolved'],
  [/two incidents/, 'page_doubled'],
]
