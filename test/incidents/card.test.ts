import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type CardInput, renderCard } from '../../src/incidents/card.js'
import type { Incident, IncidentId, Page, PageId, PageState } from '../../src/incidents/incident.js'
import { checkBlocks } from '../../src/simulator/slack/blocks/check.js'
import { ANY, nightOf } from '../paging/model/arbitrary.js'
import { spend } from '../paging/model/night.js'

const T0 = Date.UTC(2021, 6, 10, 2)
const INCIDENT: Incident = {
  id: 12 as IncidentId,
  state: 'declared',
  channel: 'C1',
  text: 'the site is down',
  declaredBy: 'slack:U0SAM',
  declaredAt: T0,
  recordedAt: T0 + 200,
  via: 'slack',
}
const PAGE: Page = {
  id: 'page-1' as PageId,
  incidentId: INCIDENT.id,
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
const PAGER = { id: 'P1', number: 77, url: 'https://example.pagerduty.com/incidents/P1', assignees: ['Alex Rivera'] }
const FAILURE = { kind: 'retry', because: 'HTTP 503', at: T0 } as const
const INPUT: CardInput = {
  incident: INCIDENT,
  pages: [PAGE],
  docs: [],
  checklists: [],
  joined: 0,
  impacts: [],
  followups: [],
  teams: [],
  reads: true,
  now: T0,
}

const text = (page: Partial<Page>, more: Partial<CardInput> = {}) =>
  renderCard({ ...INPUT, pages: [{ ...PAGE, ...page }], ...more }).text
const actions = (more: Partial<CardInput>) =>
  renderCard({ ...INPUT, ...more }).blocks.flatMap((block) =>
    block.type === 'actions' ? block.elements.map((element) => ('action_id' in element ? element.action_id : '')) : [],
  )

describe('the headline of the card', () => {
  it.each<readonly [PageState | string, Partial<Page>, RegExp]>([
    ['requested', {}, /^Emergency #12: sending the page to PagerDuty\. Nobody is known to have been called yet\./],
    ['requested, failing', { failure: FAILURE }, /PagerDuty has not taken the page yet \(HTTP 503\)/],
    ['requested, no answer', { failure: { ...FAILURE, kind: 'unknown' } }, /did not say whether it took the page/],
    ['accepted', { state: 'accepted' }, /accepted the page\. Whom it calls is not confirmed yet/],
    [
      'confirmed',
      { state: 'confirmed', pager: PAGER },
      /PagerDuty opened <https:\/\/example\.pagerduty\.com\/incidents\/P1\|incident 77> and is paging Alex Rivera\. Not acknowledged yet/,
    ],
    [
      'acknowledged',
      { state: 'acknowledged', pager: PAGER, acknowledgedBy: 'pagerduty:Alex' },
      /Alex \(in PagerDuty\) acknowledged <[^>]+\|incident 77> in PagerDuty/,
    ],
    ['resolved', { state: 'resolved', resolvedBy: 'slack:U0ALEX' }, /the page was resolved by <@U0ALEX>/],
    [
      'rejected',
      { state: 'rejected', failure: FAILURE },
      /\(HTTP 503\).*trying another way.*Nobody is known to have been called/,
    ],
    ['unconfirmed', { state: 'unconfirmed' }, /nobody is known to have been called.*call by phone/],
    ['not delivered', { state: 'not_delivered' }, /nobody is known to have been paged.*call by phone/],
    ['shadowed', { state: 'shadowed' }, /shadow mode: nobody has been called/],
  ])('%s', (_name, page, words) => {
    expect(text(page)).toMatch(words)
  })

  it('says who is on it, that it is over, and how many messages joined', () => {
    const acknowledged: Incident = { ...INCIDENT, state: 'acknowledged', acknowledgedBy: 'slack:U0ALEX' }
    const over: Incident = { ...INCIDENT, state: 'resolved', resolvedBy: 'slack:U0ALEX', resolvedAt: T0 + 600_000 }
    expect(text({}, { incident: acknowledged, joined: 2 })).toMatch(
      /#12: <@U0ALEX> is on it\. 2 more messages joined it\. Page: sending/,
    )
    expect(text({}, { incident: over })).toMatch(/#12: resolved by <@U0ALEX>, 10 min after the first message\./)
    expect(text({}, { incident: { ...over, falseAlarm: true }, joined: 1 })).toMatch(
      /#12: false alarm, closed.* 1 more message joined it/,
    )
  })

  it('is about the service itself, with other teams and pages below', () => {
    const payments: Page = { ...PAGE, team: 'payments', state: 'confirmed', pager: PAGER }
    const again: Page = { ...PAGE, state: 'not_delivered' }
    const said = text({}, { pages: [payments, PAGE, again] })
    expect(said).toMatch(
      /^Emergency #12: sending the page.*Team payments: PagerDuty opened.*Paged again: nobody is known/,
    )
  })
})

describe('what else the card says', () => {
  it('that it was read late, and why', () => {
    const late = { ...INCIDENT, recordedAt: T0 + 300_000 }
    expect(text({}, { incident: late })).toMatch(
      /Mayday read it only 5 min later \(2021-07-10 02:05 UTC\): it was not running or was cut off/,
    )
    expect(text({})).not.toMatch(/later/)
  })

  it('that it cannot see into PagerDuty without a token', () => {
    expect(text({}, { reads: false })).toMatch(/no PagerDuty API token \(PAGERDUTY_API_TOKEN\)/)
    expect(text({})).not.toMatch(/token/)
  })

  it('which documents fit, and how old their last review is', () => {
    const docs = [
      { title: 'Push runbook', url: 'https://wiki.example/push', reviewed: '2021-07-01', overdue: true },
      { title: 'Old notes', url: 'https://wiki.example/old' },
    ]
    expect(text({}, { docs })).toMatch(
      /Documents: Push runbook \(reviewed 9 days ago, review overdue\); Old notes \(never reviewed\)\./,
    )
  })

  it('who leads, what users feel or felt, and what is left to do', () => {
    const incident: Incident = {
      ...INCIDENT,
      state: 'mitigated',
      mitigated: { by: 'slack:U0SAM', at: T0 },
      roles: { commander: 'slack:U0SAM', scribe: 'terminal:root' },
    }
    const followups = [1, 2, 3, 4].map((number) => {
      return { number, text: `Mend ${number}`, owner: 'slack:U0SAM' as const, due: '2021-08-01' }
    })
    const said = text({}, { incident, impacts: ['Cards fail', 'All of it &lt;b&gt;'], followups })
    expect(said).toMatch(/Mitigated: <@U0SAM> says since .* that users no longer feel it\./)
    expect(said).toContain('Commander: <@U0SAM>. Scribe: root (at a terminal).')
    expect(said).toContain('Impact: All of it &lt;b&gt;. (And 1 earlier, on the timeline.)')
    expect(said).toContain('Open follow-ups: 1. Mend 1 (<@U0SAM>, due 2021-08-01); 2. ')
    expect(said).toMatch(/; and 1 more\./)
    expect(text({})).not.toMatch(/Mitigated|Commander|Impact|follow-up/)
    expect(actions({ incident })).toContain('incident.unmitigated')
    expect(actions({ incident })).toContain('incident.ack')
    expect(actions({ incident: { ...incident, acknowledgedBy: 'slack:U0SAM' } })).not.toContain('incident.ack')
  })

  it('offers what can still be done, and the review once it is over', () => {
    const work = ['mitigated', 'commander', 'scribe', 'details', 'followup'].map((name) => `incident.${name}`)
    const teams = [{ name: 'payments', about: 'cards' }]
    expect(actions({ teams, checklists: ['push'] })).toEqual([
      'incident.ack',
      'incident.resolve',
      'incident.false_alarm',
      'incident.page_again',
      'incident.page_team',
      ...work,
      'checklist.start',
    ])
    expect(actions({ incident: { ...INCIDENT, state: 'acknowledged', acknowledgedBy: 'slack:U0SAM' } })).not.toContain(
      'incident.ack',
    )
    expect(actions({ pages: [{ ...PAGE, state: 'shadowed' }], teams })).toEqual([
      'incident.ack',
      'incident.resolve',
      'incident.false_alarm',
      ...work,
    ])
    expect(actions({ incident: { ...INCIDENT, state: 'resolved' }, teams, checklists: ['push'] })).toEqual([
      'incident.retro',
      'incident.followup',
      'incident.details',
    ])
  })
})

describe('whatever is in it', () => {
  const words = fc.oneof(
    fc.constantFrom(
      '<!channel>',
      '<@U0VICTIM>',
      '<!here|x>',
      '*b* `c` & <https://evil.example|click>',
      '\u0000\ud800',
      '🔥'.repeat(80),
    ),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }),
  )
  // The settings and the checklists' own check let no other names through.
  const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,30}$/)
  const input = fc.record({
    docs: fc.array(fc.record({ title: words, url: fc.webUrl(), about: words }), { maxLength: 8 }),
    checklists: fc.array(name, { maxLength: 5 }),
    teams: fc.array(fc.record({ name, about: words }), { maxLength: 120 }),
    assignees: fc.array(words, { minLength: 1, maxLength: 12 }),
    because: words,
    impacts: fc.array(words, { maxLength: 2 }),
    followups: fc.array(
      fc.record({
        number: fc.nat(),
        text: words,
        owner: fc.constant('slack:U0SAM' as const),
        due: fc.constant('2021-08-01'),
      }),
      { maxLength: 5 },
    ),
  })

  it('Slack takes it, and nobody is mentioned who is not meant', () => {
    fc.assert(
      fc.property(input, ({ assignees, because, ...more }) => {
        const confirmed: Page = { ...PAGE, state: 'confirmed', pager: { ...PAGER, assignees } }
        const failing: Page = { ...PAGE, team: because, failure: { ...FAILURE, because } }
        const card = renderCard({ ...INPUT, ...more, pages: [confirmed, failing] })
        expect(checkBlocks(card.blocks, 'message')).toEqual([])
        expect(`${card.text}${JSON.stringify(card.blocks)}`).not.toMatch(/<!(?!date)|<@(?!U0SAM)/)
      }),
    )
  })

  it('no card is ahead of its page, through any night', async () => {
    await fc.assert(
      fc.asyncProperty(nightOf(ANY), async (night) => {
        const { history } = await spend(night)
        for (const page of history) {
          const said = renderCard({ ...INPUT, pages: [page], reads: night.reads }).text
          for (const [claim, states] of CLAIMS) if (claim.test(said)) expect(states, said).toContain(page.state)
        }
      }),
      { numRuns: 60 },
    )
  })
})

/** Words, and the states in which alone they may stand. */
const CLAIMS: readonly (readonly [RegExp, readonly PageState[]])[] = [
  [/is paging/, ['confirmed']],
  [/accepted the page/, ['accepted', 'unconfirmed']],
  [/acknowledged (an incident|<)/, ['acknowledged']],
  [/was resolved/, ['resolved']],
]
