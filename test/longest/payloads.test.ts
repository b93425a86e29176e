/** Every payload of Block Kit that a room makes, with everything as long as it may be, held against one table of limits. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checklistCard } from '../../src/checklists/card.js'
import { assignView, listView, skipView } from '../../src/checklists/forms.js'
import { renderCard } from '../../src/incidents/card.js'
import { containedLines } from '../../src/incidents/contained.js'
import { detailsForm, followupForm } from '../../src/incidents/forms.js'
import { textView } from '../../src/incidents/home/home.js'
import type { Actor, Fact, Incident, IncidentId, Page, PageId, PageState } from '../../src/incidents/incident.js'
import { createTellWork, type WorkFact } from '../../src/incidents/tell.js'
import { tellAlert } from '../../src/paging/alerts.js'
import { askView, confirmView as confirmPage, fitting, saidView } from '../../src/paging/shortcut/form.js'
import { shortcutWords } from '../../src/paging/shortcut/words.js'
import { withPageAgain } from '../../src/paging/silence.js'
import { nothingToTakeBack, unacknowledgeFailed } from '../../src/paging/silence-words.js'
import type { AlertFact } from '../../src/ports/alerts.js'
import type { Posting, Store } from '../../src/ports.js'
import { confirmView, planCard, purgeCard } from '../../src/purge/card.js'
import { NO_PROGRESS, type PurgeJob, type PurgeState } from '../../src/purge/job.js'
import { announcement } from '../../src/switches/message.js'
import * as switchWords from '../../src/switches/words.js'
import { checklist, run } from '../checklists/samples.js'
import { aPlan, aSurvey, NIGHT } from '../purge/values.js'
import { faultsOf, type Payload } from './limits.js'

/** Of what grows most on its way: `&` is five characters in Slack, a quotation mark two in JSON. */
const long = (length: number): string => '&"'.repeat(length).slice(0, length)
const many = <T>(count: number, make: (index: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, i) => make(i))
const ID = 999_999_999 as IncidentId
const somebody: Actor = `pagerduty:${long(300)}`
const LINK = `https://${'x'.repeat(60)}.slack.com/archives/C0123456789/p1628000000000100?thread_ts=1628000000.000100&cid=C0123456789`

function incident(state: Incident['state'], given: Partial<Incident> = {}): Incident {
  return {
    ...{ id: ID, state, channel: 'C0123456789', threadTs: '1628000000.000100', text: long(40_000), permalink: LINK },
    ...{ declaredBy: somebody, declaredAt: 1, recordedAt: 1e12, via: 'catch_up', severity: 1 },
    roles: { commander: somebody, scribe: somebody },
    ...(state === 'declared'
      ? {}
      : { acknowledgedBy: somebody, acknowledgedAt: 2, mitigated: { by: somebody, at: 3 } }),
    ...(state === 'resolved' || state === 'reviewed' ? { resolvedBy: somebody, resolvedAt: 4 } : {}),
    ...given,
  }
}

function page(index: number, state: PageState, team = `${long(60)}${index}`): Page {
  return {
    ...{ id: `p${index}` as PageId, incidentId: ID, dedupKey: 'k', summary: long(1_024), body: long(40_000) },
    ...{
      requestedBy: somebody,
      requestedAt: 1,
      state,
      attempts: 1,
      uncertain: true,
      lookups: 0,
      merged: [],
      notBefore: 1,
    },
    ...(index === 0 ? {} : { team }),
    failure: { kind: 'unknown', because: long(500), at: 1 },
    pager: {
      id: 'P',
      url: `https://${'y'.repeat(60)}.pagerduty.com/incidents/Q`,
      number: 1e9,
      assignees: many(50, () => long(100)),
    },
    ...{ acknowledgedBy: somebody, resolvedBy: somebody, watch: { since: 1 } },
  }
}

const followups = many(40, (index) => ({ number: index + 1, text: long(2_000), owner: somebody, due: '2026-12-01' }))
const switchedOff: readonly Fact[] = many(20, (index) => ({
  ...{ id: `f${index}`, incidentId: ID, at: 1e12, actor: somebody },
  ...{ kind: 'switch_off', switch: `${long(60)}${index}`, detail: long(300) },
}))

function card(state: Incident['state'], pages: PageState): Payload {
  return renderCard({
    incident: incident(state),
    pages: many(30, (index) => page(index, pages)),
    docs: many(8, () => ({
      ...{ title: long(150), url: `https://w/${'a'.repeat(480)}`, about: long(300), reviewed: '2026-01-01' },
      ...{ overdue: true, owner: long(200), deadSince: 1 },
    })),
    checklists: many(10, (index) => `${'n'.repeat(39)}${index}`),
    joined: 1e6,
    contained: containedLines(switchedOff),
    impacts: many(30, () => long(3_000)),
    followups,
    teams: many(150, (index) => ({ name: `${'t'.repeat(36)}${index}`, about: long(300) })),
    reads: false,
    now: 1e12,
  })
}

/** What a use case puts into the outbox for this incident, with these facts on its timeline. */
async function posted(work: (store: Store) => Promise<void>, facts: readonly Fact[] = []): Promise<readonly Posting[]> {
  const put: Posting[] = []
  const tables = {
    incidents: { get: async () => incident('resolved'), take: async () => incident('resolved') },
    facts: { ofIncident: async () => facts },
    outbox: { put: async (posting: Posting) => void put.push(posting) },
  }
  await work({ ...tables, tx: (inner: (t: typeof tables) => Promise<unknown>) => inner(tables) } as unknown as Store)
  return put
}

const head = { id: 'f', incidentId: ID, at: 1e12, actor: somebody }
const told = (facts: readonly WorkFact[]) => async () => {
  const all = await Promise.all(facts.map((fact) => posted((store) => createTellWork({ store })(fact), facts)))
  return all.flat()
}

const steps = many(200, (index) => ({
  ...{ id: `${'s'.repeat(37)}${index}`, title: long(150), help: long(600), command: long(200), owner: long(80) },
  ...{ required: true, dueDays: 90, blocks_review: true },
}))
const theRun = run(checklist({ name: 'n'.repeat(40), title: long(100), about: long(300), owner: long(80), steps }))
const [firstStep = expect.unreachable()] = theRun.steps

function job(state: PurgeState, given: Partial<PurgeJob> = {}): PurgeJob {
  const prefixes = many(10, (index) => ({ prefix: `${long(60)}${index}`, about: 1e9, own: index === 0 }))
  return {
    plan: aPlan({
      ...{ target: long(40), what: long(500), protect: many(50, () => long(100)), version: long(60), count: 1e9 },
      kinds: Object.fromEntries(many(40, (index) => [`${long(200)}${index}`, 1e6])),
      survey: aSurvey({ samples: many(10, () => long(300)), prefixes, createdPerSecond: 1e6 }),
    }),
    ...{ digest: 'd'.repeat(64), state, place: 'p', plannedBy: somebody, needs: 2, fence: 1, turn: 1e9 },
    objections: many(20, (index) => ({
      guard: 'growing',
      level: index % 2 === 0 ? 'refuse' : 'warn',
      because: long(900),
    })),
    approvals: [{ by: somebody, at: 1 }],
    reason: long(4_000),
    endedBy: somebody,
    progress: { ...NO_PROGRESS, removed: 1e9, unsure: 1e9, waiting: long(2_000), rate: 1e9, activeMs: 1e9 },
    verification: { remaining: 1e9, back: 1e9, keysBefore: 1e9, keysAfter: 1e9, damage: many(30, () => long(500)) },
    ...given,
  }
}

const undo = (state: NonNullable<PurgeJob['undo']>['state']): Partial<PurgeJob> => ({
  undo: {
    ...{ state, by: somebody, startedAt: 1, batches: 1e9, restored: 1e9, occupied: 1e9, failed: 1e9, total: 1e9 },
    ...{ rate: 1e9, addedMs: 1e9, activeMs: 1e9, reason: long(4_000) },
  },
})

const list = { readAt: 1, people: many(40, () => ({ name: long(200), level: 9 })) }
const form = {
  ...{ channel: 'C0123456789', onCall: list, open: many(40, () => incident('mitigated')), now: 1e12 },
  rule: { mode: 'armed' as const, reads: false, escalateAfterMs: 1e12, backstopAfterMs: 1e12 },
}
const about = { channel: 'C0123456789', ts: '1628000000.000100', threadTs: '1628000000.000100', author: 'U0123456789' }
const read = { name: long(60), about: long(300), detail: long(300) }
const alert = (fact: AlertFact) => () => posted((store) => tellAlert(store, { ...head, ...fact }))
const withButton = (text: string): Payload => ({
  text,
  blocks: withPageAgain(text, `${ID}:${'a'.repeat(255)}`, 'Page again'),
})
const source = long(200)

const PAGE_STATES: readonly PageState[] = [
  ...(['requested', 'accepted', 'confirmed', 'acknowledged', 'resolved', 'rejected'] as const),
  ...(['unconfirmed', 'not_delivered', 'shadowed'] as const),
]

type Row = readonly [what: string, made: () => Payload | Promise<readonly Payload[]>]

/** By the file that makes them. */
const PAYLOADS: Readonly<Record<string, readonly Row[]>> = {
  'incidents/card.ts': (['declared', 'acknowledged', 'mitigated', 'resolved', 'reviewed'] as const).flatMap((state) =>
    PAGE_STATES.map((pages): Row => [`card, ${state}, pages ${pages}`, () => card(state, pages)]),
  ),
  'incidents/forms.ts': [
    ['impact and severity', () => detailsForm(ID, 5) as Payload],
    ['follow-up', () => followupForm(ID, 'U0123456789', 1e12) as Payload],
  ],
  'incidents/home/home.ts': [
    ['a text in a form', () => textView('Open emergencies', `${long(9_000)}\n${long(9_000)}`)],
  ],
  'incidents/tell.ts': [
    [
      'what people did',
      told([
        { ...head, kind: 'role_claimed', role: 'commander', from: somebody },
        { ...head, kind: 'role_given_up', role: 'scribe' },
        { ...head, kind: 'incident_mitigated' },
        { ...head, kind: 'mitigation_withdrawn' },
        { ...head, kind: 'impact_noted', text: long(3_000) },
        ...followups.slice(0, 1).map((followup) => ({ ...head, kind: 'followup_added' as const, followup })),
      ]),
    ],
    [
      'a follow-up that is done',
      told([
        ...followups.slice(0, 1).map((followup) => ({ ...head, kind: 'followup_added' as const, followup })),
        { ...head, kind: 'followup_done', number: 1 },
      ]),
    ],
  ],
  'paging/alerts.ts': [
    [
      'an alert that joins',
      alert({ kind: 'alert_joined', alert: 'a'.repeat(255), source, text: long(9_000), because: 'storm' }),
    ],
    ['an alert that is over', alert({ kind: 'alert_over', alert: 'a', source, text: long(9_000) })],
    ['an alert that goes on', alert({ kind: 'alert_again', alert: 'a', source, text: long(9_000) })],
  ],
  'paging/silence.ts': [
    ...(['shadow', 'no token', 'no page'] as const).map(
      (why): Row => [`nobody is called, ${why}`, () => withButton(nothingToTakeBack(why, somebody))],
    ),
    [
      'an acknowledgement stays',
      () =>
        withButton(
          unacknowledgeFailed(
            { page: 'p' as PageId, kind: 'page_unacknowledge_failed', because: long(2_000), final: false },
            ` of team ${long(40)}`,
          ).text,
        ),
    ],
  ],
  'paging/shortcut/form.ts': [
    ['the page about a message', () => confirmPage({ ...form, about: { ...about, ...fitting(long(40_000)) } })],
    ['the same without words', () => confirmPage({ ...form, about: { ...about, ...fitting('') } })],
    [
      'the same in shadow mode',
      () => confirmPage({ ...form, rule: { ...form.rule, mode: 'shadow' }, about: { ...about, ...fitting('x') } }),
    ],
    ['a page', () => askView(form)],
    ['the same without a store', () => askView({ ...form, open: undefined, onCall: undefined })],
    ['raised', () => saidView(shortcutWords.raised(incident('declared')))],
    ['known, open', () => saidView(shortcutWords.already(incident('mitigated')))],
    ['known, closed', () => saidView(shortcutWords.already(incident('resolved')))],
    ['failed', () => saidView(shortcutWords.failed(long(9_000)))],
  ],
  'purge/card.ts': [
    ['plan', () => planCard(1e9, job('planned', { objections: [] }), NIGHT)],
    [
      'plan with warnings',
      () =>
        planCard(
          1e9,
          job('planned', { objections: job('planned').objections.filter((one) => one.level === 'warn') }),
          NIGHT,
        ),
    ],
    ['plan that is refused', () => planCard(1e9, job('planned'), NIGHT)],
    ...(['approved', 'running', 'paused', 'verifying', 'done', 'cancelled', 'stopped', 'failed'] as const).map(
      (state): Row => [`purge ${state}`, () => purgeCard(1e9, job(state))],
    ),
    ...(['running', 'paused', 'done', 'cancelled', 'stopped', 'failed'] as const).map(
      (state): Row => [`undo ${state}`, () => purgeCard(1e9, job('done', undo(state)))],
    ),
    ['confirmation', () => confirmView(1e9, job('planned'))],
  ],
  'switches/message.ts': [
    ['turned off', () => announcement(switchWords.turned(read, 'off', somebody, long(500)), 'n'.repeat(40), 'on')],
    ['found', () => announcement(switchWords.foundSo(read, 'off'), 'n'.repeat(40), 'off')],
    [
      'failed',
      () =>
        announcement(
          switchWords.failed(long(60), 'off', long(4_000), switchWords.standsStill('on', long(300))),
          'n',
          'on',
        ),
    ],
    ['reminder', () => announcement(switchWords.reminder(read, 1, somebody, 1e12), 'n', 'on')],
    ['reminder, unread', () => announcement(switchWords.reminderUnread(long(60), 1, long(4_000)), 'n', 'on')],
  ],
  'checklists/card.ts': many(
    3,
    (index): Row => [
      `page ${index + 1}`,
      () => checklistCard(theRun, { now: 1e12, view: { whole: index === 1, page: index } }),
    ],
  ),
  'checklists/forms.ts': [
    ['skip', () => skipView(theRun, firstStep)],
    ['assign', () => assignView(theRun, firstStep)],
    ['list', () => listView(`${long(9_000)}\n`.repeat(200))],
    ['empty list', () => listView('')],
  ],
}

/** Parts of the payloads above, or made by a room against the simulator in a test of their own, which looks for refusals. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'incidents/actions.ts': 'longest/payloads.test.ts',
  'incidents/card-docs.ts': 'longest/payloads.test.ts',
  'incidents/follow.ts': 'paging/shortcut.test.ts',
  'incidents/review/reviews.ts': 'incidents/followups.test.ts',
  'incidents/silence/watch.ts': 'incidents/silence.test.ts',
  'checklists/asking.ts': 'checklists/longest.test.ts',
  'checklists/commands.ts': 'checklists/longest.test.ts',
}

describe.each(Object.entries(PAYLOADS))('with everything as long as it may be, %s', (_file, rows) => {
  it.each(rows)('%s', async (_what, made) => {
    const payloads = await made()
    const all = Array.isArray(payloads) ? payloads : [payloads]
    expect(all.length).toBeGreaterThan(0)
    for (const payload of all) expect(faultsOf(payload)).toEqual([])
  })
})

it('every file that makes blocks is held against it', () => {
  const makers = sources('src').filter((path) =>
    /type: '(?:section|context|actions|header|input|divider|modal|home|rich_text|table|image)'/u.test(
      readFileSync(path, 'utf8'),
    ),
  )
  expect(makers.length).toBeGreaterThan(10)
  const known = [...Object.keys(PAYLOADS), ...Object.keys(ELSEWHERE)].map((path) => join('src', path))
  expect(makers.toSorted()).toEqual(known.toSorted())
  for (const test of Object.values(ELSEWHERE))
    expect(readFileSync(join('test', test), 'utf8')).toMatch(/refusedBySlack|faultsOf/u)
})

/** The source of the bot, without the simulator that it meets in tests. */
function sources(dir: string): readonly string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name)
    if (entry.isDirectory()) return entry.name === 'simulator' ? [] : sources(path)
    return path.endsWith('.ts') ? [path] : []
  })
}

it.each([
  ['no text', { text: ' ', blocks: [] }],
  [
    'blocks that are too long together',
    { text: 'x', blocks: many(5, () => ({ type: 'section', text: { type: 'mrkdwn', text: 'x'.repeat(3_000) } })) },
  ],
  ['a long section', { text: 'x', blocks: [{ type: 'section', text: { type: 'mrkdwn', text: 'x'.repeat(3_001) } }] }],
  ['a long text', { text: 'x'.repeat(4_001) }],
  ['a form without a title', { type: 'modal', blocks: [] }],
])('the table finds %s', (_name, payload) => {
  expect(faultsOf(payload)).not.toEqual([])
})
