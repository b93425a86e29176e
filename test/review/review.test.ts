/** The review as a document: every figure from a fact, and nobody's words become anything but words. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Actor, Fact, FactBody, Incident, IncidentId, PageId } from '../../src/incidents/incident.js'
import { link, safe, said } from '../../src/incidents/review/markdown.js'
import { renderReview } from '../../src/incidents/review/review.js'
import type { ReviewedRun } from '../../src/ports/review.js'

const T0 = Date.UTC(2021, 6, 7, 1, 0, 0)
const MIN = 60_000
const ID = 12 as IncidentId
const PAGE = 'p1' as PageId

const incident: Incident = {
  ...{ id: ID, state: 'resolved', channel: 'C1', threadTs: '1625619600.000100', text: 'push is down <@U0KIM>' },
  ...{ permalink: 'https://x.slack.com/archives/C1/p1625619600000100', declaredBy: 'slack:U0SAM', declaredAt: T0 },
  ...{ recordedAt: T0 + 500, via: 'slack', resolvedBy: 'slack:U0ALEX', resolvedAt: T0 + 47 * MIN },
}
const names = new Map<Actor, string>([
  ['slack:U0SAM', 'Sam'],
  ['slack:U0ALEX', 'Alex *R*'],
  ['slack:U0KIM', 'Kim'],
])
const failure = { kind: 'retry', because: 'HTTP 503', at: T0 } as const
const pager = { id: 'Q1', url: 'https://pd/1', assignees: ['Alex Rivera'] }

let serial = 0
function at(minutes: number, actor: Actor, body: FactBody): Fact {
  serial += 1
  return { id: `f${serial}`, incidentId: ID, at: T0 + minutes * MIN, actor, ...body }
}

const NIGHT: readonly Fact[] = [
  at(0, 'slack:U0SAM', { kind: 'declared', via: 'catch_up', delayMs: 240_000 }),
  at(0, 'slack:U0SAM', { kind: 'page_requested', page: PAGE }),
  at(1, 'mayday', { kind: 'page_failing', page: PAGE, failure }),
  at(2, 'mayday', { kind: 'page_accepted', page: PAGE, road: 'rest', attempts: 3 }),
  at(3, 'mayday', { kind: 'page_confirmed', page: PAGE, pager, late: true }),
  at(4, 'pagerduty:Alex Rivera', { kind: 'page_acknowledged', page: PAGE }),
  at(5, 'slack:U0ALEX', { kind: 'doc_opened', title: 'Push | runbook', url: 'https://w/1' }),
  at(6, 'slack:U0KIM', { kind: 'role_claimed', role: 'commander' }),
  at(7, 'slack:U0KIM', { kind: 'noted', ts: '1625620020.000200', text: 'see <https://x/y|this> & that' }),
  at(8, 'slack:U0KIM', {
    kind: 'step_skipped',
    run: 'r',
    checklist: 'on-call',
    step: 'a',
    title: 'Check',
    reason: 'no',
  }),
  at(9, 'slack:U0KIM', {
    kind: 'step_skipped',
    run: 'r',
    checklist: 'on-call',
    step: 'b',
    title: 'Call',
    reason: 'late',
  }),
  at(9, 'slack:U0KIM', { kind: 'step_undone', run: 'r', checklist: 'on-call', step: 'b', title: 'Call' }),
  at(10, 'slack:U0ALEX', { kind: 'purge_held', target: 'push', held: 900_000 }),
  at(11, 'slack:U0ALEX', {
    kind: 'purge_planned',
    purge: 3,
    target: 'push',
    count: 1_000_000,
    digest: 'd',
    archive: true,
  }),
  at(12, 'slack:U0ALEX', { kind: 'purge_confirmed', purge: 3, target: 'push', confirmations: 1, needed: 1 }),
  at(20, 'mayday', { kind: 'purge_done', purge: 3, target: 'push', removed: 999_990, remaining: 0 }),
  at(21, 'slack:U0KIM', {
    ...{ kind: 'purge_impact_counted', purge: 3, target: 'push', notifications: 999_990, delivered: 180_000 },
    ...{ devices: 400_000, reached: 90_000, first: T0 - 60 * MIN, last: T0 },
  }),
  at(22, 'slack:U0ALEX', { kind: 'switch_off', switch: 'ios-push', detail: 'quantity 0' }),
  at(25, 'slack:U0ALEX', { kind: 'incident_mitigated' }),
  at(26, 'slack:U0KIM', { kind: 'impact_noted', text: 'four pushes each' }),
  at(27, 'slack:U0KIM', {
    kind: 'followup_added',
    followup: { number: 1, text: 'write the *test*', owner: 'slack:U0SAM', due: '2021-07-20' },
  }),
  at(28, 'slack:U0KIM', {
    kind: 'followup_added',
    followup: { number: 2, text: 'tell users', owner: 'slack:U0KIM', due: '2021-07-08' },
  }),
  at(29, 'slack:U0KIM', { kind: 'followup_done', number: 2 }),
  at(47, 'slack:U0ALEX', { kind: 'incident_resolved', falseAlarm: false }),
]
const runs: readonly ReviewedRun[] = [
  {
    title: 'On-call',
    steps: [
      { title: 'Check', required: false, state: { status: 'skipped' } },
      { title: 'Call', required: true, state: { status: 'done' } },
      { title: 'Tell users', required: false, blocksReview: true, state: { status: 'open' } },
    ],
  },
]

const render = (facts: readonly Fact[], more: Partial<Incident> = {}): string =>
  renderReview({ incident: { ...incident, ...more }, facts, runs, names, now: T0 + 60 * MIN })

const section = (markdown: string, heading: string): string =>
  markdown.split(/^## /mu).find((part) => part.startsWith(heading)) ?? ''

describe('the review of a whole night', () => {
  const markdown = render(NIGHT)

  test('gaps are measured from the facts', () => {
    const rows = section(markdown, 'Measured gaps').trim().split('\n').slice(2)
    expect(rows).toEqual([
      '| Step | When | After the post |',
      '| --- | --- | --- |',
      '| posted | 2021-07-07 01:00:00 | 0 s |',
      '| Mayday read it | 2021-07-07 01:00:00 | 0 s |',
      '| PagerDuty accepted the page | 2021-07-07 01:02:00 | 2 min |',
      '| PagerDuty was seen to call somebody | 2021-07-07 01:03:00 | 3 min |',
      '| somebody took it | 2021-07-07 01:04:00 | 4 min |',
      '| first document opened | 2021-07-07 01:05:00 | 5 min |',
      '| users no longer felt it | 2021-07-07 01:25:00 | 25 min |',
      '| over | 2021-07-07 01:47:00 | 47 min |',
    ])
  })

  test('pages that were late or failed, each with what happened', () => {
    const pages = section(markdown, 'Pages')
    expect(pages).toContain('Mayday read the message only 4 min after it was written')
    expect(pages).toMatch(/accepted only 2 min after.*01:01:00 the page did not get through \(HTTP 503\); retried/)
    expect(pages).toMatch(/01:03:00 PagerDuty is paging Alex Rivera, late/)
  })

  test('purges with counts and archive, what is on hold, impact, switches', () => {
    const purges = section(markdown, 'Purges')
    expect(purges).toMatch(
      /Purge 3 of push: planned 1,000,000 entries; confirmed by Alex \\\*R\\\*; 999,990 entries removed, none of the plan left; archive: kept, `\/purge-push undo 3`/,
    )
    expect(purges).toContain('**Still on hold, as far as it is recorded: push**')
    const impact = section(markdown, 'Impact')
    expect(impact).toContain('four pushes each (Kim, 2021-07-07 01:26:00)')
    expect(impact).toMatch(
      /999,990 notifications for 400,000 different devices; 180,000 .* to 90,000 different devices/,
    )
    expect(section(markdown, 'Containment')).toContain('**Still off, as far as it is recorded: ios-push**')
  })

  test('follow-ups, open ones first, with owner and date; what was skipped and stays so; who had which role', () => {
    expect(section(markdown, 'Follow-ups').split('\n').slice(4, 6)).toEqual([
      '| 1 | write the \\*test\\* | Sam | 2021-07-20 | **open** |',
      '| 2 | tell users | Kim | 2021-07-08 | done |',
    ])
    const skipped = section(markdown, 'Skipped')
    expect(skipped).toContain('- Check (on-call), by Kim at 2021-07-07 01:08:00, because: no')
    expect(skipped).not.toContain('Call')
    expect(section(markdown, 'Roles')).toContain('- 2021-07-07 01:06:00 Kim is commander')
    expect(section(markdown, 'Checklists')).toMatch(/\| On-call \| 1 \| 1 \| 1 \| 3 \|[\s\S]*Still open: Tell users/)
  })

  test('a line for every fact, by name, with the address of the message it is about', () => {
    const lines = section(markdown, 'Timeline')
      .split('\n')
      .filter((line) => line.startsWith('- '))
    expect(lines).toHaveLength(NIGHT.length)
    expect(lines[0]).toMatch(
      /^- \[2021-07-07 01:00:00\]\(https:\/\/x\.slack\.com\/archives\/C1\/p1625619600000100\) \*\*Sam\*\*/,
    )
    const reply = 'https://x.slack.com/archives/C1/p1625620020000200?thread_ts=1625619600.000100&cid=C1'
    expect(markdown).toContain(`- [2021-07-07 01:07:00](${reply}) **Kim**: see this (https://x/y) & that`)
    expect(markdown).not.toMatch(/U0(SAM|KIM|ALEX)/)
  })
})

describe('what no fact says', () => {
  test('is not recorded', () => {
    const markdown = render([at(0, 'slack:U0SAM', { kind: 'declared', via: 'slack', delayMs: 0 })])
    expect(markdown.match(/not recorded \| not recorded/g)).toHaveLength(6)
    expect(section(markdown, 'Impact')).toMatch(/Not recorded: nobody noted the impact/)
    expect(section(markdown, 'Summary')).toContain('Severity: not recorded')
  })

  test('a mitigation that was withdrawn, and an end after which it was opened again, are none', () => {
    const withdrawn = render([...NIGHT, at(30, 'slack:U0KIM', { kind: 'mitigation_withdrawn' })])
    expect(withdrawn).toContain('| users no longer felt it | not recorded |')
    const reopened = render([...NIGHT, at(50, 'mayday', { kind: 'page_unacknowledged', page: PAGE })], {
      state: 'declared',
    })
    expect(reopened).toContain('| over | not recorded |')
    expect(section(reopened, 'Summary')).toContain('Duration: 60 min so far')
  })

  test('a page that nobody saw accepted is not among those that went well', () => {
    const markdown = render([at(0, 'slack:U0SAM', { kind: 'page_requested', page: PAGE })])
    expect(section(markdown, 'Pages')).toContain('- Page: not recorded to be accepted')
  })
})

/** Undoes what `safe` did, as a Markdown reader does. */
function read(markdown: string): string {
  return markdown
    .replaceAll('<br>', '\n')
    .replace(/\\([!-/:-@[-`{-~])/gu, '$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}

const nasty = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'\\`*_[]()<>|~$#!&;-+=>\n 1.a:/'), maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 80 }),
  fc.constantFrom(
    '![x](https://evil/track.png)',
    '[click](javascript:alert(1))',
    '<script>alert(1)</script>',
    '# Heading\n\n---\n\n| a | b |\n| --- | --- |',
    '```\ncode\n```',
    '&lt;b&gt; &amp;amp;',
    'snake_case _emphasis_ __strong__ 2*3*4',
    '</summary>\n\n<details open>',
  ),
)

describe('words of people', () => {
  test('lose nothing and become no Markdown and no HTML', () => {
    fc.assert(
      fc.property(nasty, (words) => {
        const made = safe(words)
        expect(made).not.toContain('\n')
        expect(made.replaceAll('<br>', '')).not.toMatch(/[<>]/)
        expect(made).not.toMatch(/(?<!\\)(?:\\\\)*[`*[\]|~$]/)
        expect(read(made)).toBe(
          words
            .replace(/\r\n?/gu, '\n')
            .replace(/(?!\n)\p{Cc}/gu, ' ')
            .replace(/\p{Surrogate}/gu, '\uFFFD')
            .trim(),
        )
      }),
      { numRuns: 2_000 },
    )
  })

  test('stand in one line of the document, whoever wrote them, wherever they go', () => {
    const bad = '\n# Owned\n\n<img src=x onerror=alert(1)>\n[a](javascript:b) | x'
    const facts = NIGHT.map((fact) => ({
      ...fact,
      ...('text' in fact ? { text: bad } : {}),
      ...('title' in fact ? { title: bad } : {}),
      ...('reason' in fact ? { reason: bad } : {}),
      ...(fact.kind === 'followup_added' ? { followup: { ...fact.followup, text: bad } } : {}),
    }))
    const evil = new Map([...names].map(([actor]) => [actor, bad] as const))
    const markdown = renderReview({ incident: { ...incident, text: bad }, facts, runs, names: evil, now: T0 })
    expect(markdown).not.toMatch(/^# Owned/mu)
    expect(markdown).not.toMatch(/<img|(?<!\\)\]\(javascript/u)
    for (const row of markdown.match(/^\|.*$/gmu) ?? []) expect(row.match(/(?<!\\)\|/gu)?.length).toBeLessThanOrEqual(6)
    expect(markdown.match(/^# /gmu)).toHaveLength(1)
  })

  test('show marks of direction, name people by name, and link nowhere but to web addresses', () => {
    expect(safe('a\u202Eb')).toBe('a\\[U+202E\\]b')
    expect(said('<@U0KIM> and <@U9X|old> in <#C1|general> <!channel>', names)).toBe(
      '@Kim and @U9X in #general @channel',
    )
    expect(link('x', 'javascript:alert(1)')).toBe('x')
    expect(link('x', 'https://a/b) [c](d')).toBe('[x](https://a/b%29%20[c]%28d)')
  })
})
