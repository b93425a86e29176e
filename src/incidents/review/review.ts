/**
 * The post-incident review as a Markdown document, from the facts of the timeline alone. Pure. No figure is guessed, and
 * what people wrote stands in it as they wrote it.
 */
import { span } from '../../mrkdwn.js'
import { followupsOf } from '../../ports/response.js'
import type { ReviewedRun } from '../../ports/review.js'
import type { Actor, Fact, Incident } from '../incident.js'
import { counted, listed, type Teller } from '../timeline/tell.js'
import { sentenceOf, timelineOf } from '../timeline/timeline.js'
import * as figures from './figures.js'
import { link, markdownTeller, momentOf, type Names, table } from './markdown.js'
import { purgeLines } from './purges.js'
import { BLANK, GAP_NAMES, HEADINGS, NOT_RECORDED, NOTHING, PREAMBLE, QUESTIONS } from './words.js'

/** Everything that the review is made of. */
export interface ReviewInput {
  readonly incident: Incident
  readonly facts: readonly Fact[]
  readonly runs: readonly ReviewedRun[]
  readonly names: Names
  /** When it is written, ms. */
  readonly now: number
}

/** What a part is written from. */
interface Writing extends ReviewInput {
  readonly teller: Teller
}

/** The document. Ends with a line feed. */
export function renderReview(input: ReviewInput): string {
  const writing: Writing = {
    ...input,
    facts: [...input.facts].sort((a, b) => a.at - b.at),
    teller: markdownTeller(input.names),
  }
  const parts = [
    [`# ${HEADINGS.title(input.incident.id)}`, '', PREAMBLE],
    part(HEADINGS.summary, summary(writing)),
    part(HEADINGS.impact, impact(writing)),
    part(HEADINGS.gaps, gaps(writing)),
    part(HEADINGS.timeline, timeline(writing)),
    part(HEADINGS.pages, pages(writing)),
    part(HEADINGS.roles, told(writing, NOTHING.roles, 'role_claimed', 'role_given_up')),
    part(HEADINGS.checklists, checklists(writing)),
    part(HEADINGS.skipped, skipped(writing)),
    part(HEADINGS.purges, purgeLines(writing.facts, writing.teller)),
    part(HEADINGS.switches, switches(writing)),
    part(HEADINGS.followups, followups(writing)),
    part(
      HEADINGS.people,
      QUESTIONS.flatMap((question) => [`**${question}**`, '', BLANK, '']),
    ),
  ]
  return `${parts.map((lines) => lines.join('\n').trimEnd()).join('\n\n')}\n`
}

function part(heading: string, lines: readonly string[]): readonly string[] {
  return [`## ${heading}`, '', ...lines]
}

function bullets(lines: readonly string[], nothing: string): readonly string[] {
  return lines.length === 0 ? [nothing] : lines.map((one) => `- ${one}`)
}

function summary({ incident, facts, teller, now }: Writing): readonly string[] {
  const { name, said } = teller
  const more = figures.factsOf(facts, 'message_joined').length + figures.factsOf(facts, 'alert_joined').length
  const posted = link(momentOf(incident.declaredAt), incident.permalink)
  return [
    `> ${said(incident.text)}`,
    '',
    `- ${incident.via !== 'shortcut' ? 'Posted' : incident.about === undefined ? 'Raised' : 'Raised about a message'} by ${name(incident.declaredBy)} at ${posted}${more === 0 ? '' : `; ${counted(more, 'more message', 'more messages')} joined it`}`,
    `- State: ${state(incident, name)}`,
    `- Severity: ${incident.severity === undefined ? NOT_RECORDED : `${incident.severity} (1 is worst)`}`,
    `- Duration: ${duration(incident, now)}`,
    `- Took part: ${listed(figures.peopleOf(incident, facts).map(name))}`,
    `- Written at ${momentOf(now)} from ${counted(facts.length, 'fact')}`,
  ]
}

function state(incident: Incident, name: Teller['name']): string {
  const by = incident.resolvedBy === undefined ? '' : ` by ${name(incident.resolvedBy)}`
  switch (incident.state) {
    case 'declared':
      return 'open, nobody is known to be on it'
    case 'acknowledged':
    case 'mitigated':
      return `open, ${incident.state}${incident.acknowledgedBy === undefined ? '' : `; ${name(incident.acknowledgedBy)} is on it`}`
    case 'resolved':
    case 'reviewed':
      return `${incident.falseAlarm === true ? 'false alarm, closed' : 'resolved'}${by}${incident.state === 'reviewed' ? '; reviewed' : ''}`
  }
}

function duration({ declaredAt, resolvedAt, state: now }: Incident, at: number): string {
  if (now !== 'resolved' && now !== 'reviewed') return `${span(at - declaredAt)} so far`
  return resolvedAt === undefined ? NOT_RECORDED : span(resolvedAt - declaredAt)
}

function impact({ facts, teller }: Writing): readonly string[] {
  const noted = figures.factsOf(facts, 'impact_noted').map(({ text, actor, at }) => {
    return `${teller.said(text)} (${teller.name(actor)}, ${momentOf(at)})`
  })
  const counts = figures
    .purgesOf(facts)
    .flatMap(({ impact: one }) => (one === undefined ? [] : [impactLine(one, teller)]))
  return bullets([...noted, ...counts], NOTHING.impact)
}

type ImpactFact = NonNullable<figures.PurgeStory['impact']>

function impactLine({ purge, target, notifications, delivered, devices, reached, first, last }: ImpactFact, t: Teller) {
  const when = first === undefined || last === undefined ? '' : `, from ${momentOf(first)} to ${momentOf(last)}`
  return `From the archive of purge ${purge ?? '?'} (${t.text(target)}): ${counted(notifications, 'notification')} for ${counted(devices, 'different device')}; ${counted(delivered, 'had been delivered', 'had been delivered')}, to ${counted(reached, 'different device')}${when}`
}

function gaps({ incident, facts }: Writing): readonly string[] {
  const rows = figures
    .gapsOf(facts)
    .map(({ name, at }) => [
      GAP_NAMES[name],
      ...(at === undefined ? [NOT_RECORDED, NOT_RECORDED] : [momentOf(at), after(at - incident.declaredAt)]),
    ])
  return table(['Step', 'When', 'After the post'], [['posted', momentOf(incident.declaredAt), '0 s'], ...rows])
}

// why: a fact of a clock that is a little behind the poster's is not a negative time.
function after(ms: number): string {
  return ms < 0 ? 'at once' : span(ms)
}

function timeline({ incident, facts, teller }: Writing): readonly string[] {
  const entries = timelineOf(incident, facts, teller)
  return bullets(
    entries.map(({ at, actor, sentence, link: url }) => {
      return `${link(momentOf(at), url)} **${teller.name(actor)}**: ${sentence}`
    }),
    NOT_RECORDED,
  )
}

/** Later than this a page is called late, ms: what people wait before they think that nobody comes. */
const LATE_MS = 20_000

function pages({ facts, teller }: Writing): readonly string[] {
  const read = figures
    .factsOf(facts, 'declared')
    .filter(({ delayMs }) => delayMs >= 30_000)
    .map(({ delayMs }) => `Mayday read the message only ${span(delayMs)} after it was written`)
  const lines = figures.pagesOf(facts).flatMap((page) => {
    const { requestedAt, acceptedAt, confirmedAt, team, troubles } = page
    const wait = requestedAt === undefined || acceptedAt === undefined ? undefined : acceptedAt - requestedAt
    const late = wait !== undefined && wait >= LATE_MS ? [`accepted only ${span(wait)} after it was asked for`] : []
    const never = acceptedAt === undefined ? 'accepted' : confirmedAt === undefined ? 'confirmed' : undefined
    const words = troubles.map((fact) => `${momentOf(fact.at)} ${sentenceOf(fact, teller)}`)
    const all = [...late, ...(never === undefined ? [] : [`not recorded to be ${never}`]), ...words]
    return all.length === 0
      ? []
      : [`${team === undefined ? 'Page' : `Page to team ${teller.text(team)}`}: ${all.join('; ')}`]
  })
  return bullets([...read, ...lines], NOTHING.pages)
}

function told(
  { facts, teller }: Writing,
  nothing: string,
  ...kinds: readonly ('role_claimed' | 'role_given_up')[]
): readonly string[] {
  return bullets(
    figures.factsOf(facts, ...kinds).map((fact) => {
      return `${momentOf(fact.at)} ${teller.name(fact.actor)} ${sentenceOf(fact, teller)}`
    }),
    nothing,
  )
}

function checklists({ runs, teller }: Writing): readonly string[] {
  if (runs.length === 0) return [NOTHING.checklists]
  const count = (run: ReviewedRun, status: string): string =>
    String(run.steps.filter((step) => step.state.status === status).length)
  const rows = runs.map((run) => [
    ...[
      teller.text(run.title),
      count(run, 'done'),
      count(run, 'skipped'),
      count(run, 'open'),
      String(run.steps.length),
    ],
  ])
  const open = runs.flatMap((run) =>
    run.steps
      .filter((step) => step.state.status === 'open' && (step.required || step.blocksReview === true))
      .map((step) => `- Still open: ${teller.text(step.title)} (${teller.text(run.title)})`),
  )
  return [
    ...table(['Checklist', 'Done', 'Skipped', 'Open', 'Steps'], rows),
    ...(open.length === 0 ? [] : ['', ...open]),
  ]
}

function skipped({ facts, teller }: Writing): readonly string[] {
  return bullets(
    figures.skippedOf(facts).map(({ title, checklist, reason, actor, at }) => {
      const what = `${teller.text(title)} (${teller.text(checklist)})`
      return `${what}, by ${teller.name(actor)} at ${momentOf(at)}, because: ${teller.text(reason)}`
    }),
    NOTHING.skipped,
  )
}

function switches({ facts, teller }: Writing): readonly string[] {
  const all = figures.factsOf(facts, 'switch_asked', 'switch_off', 'switch_on', 'switch_failed')
  const off = figures.switchesOf(facts).filter((fact) => fact.kind === 'switch_off')
  return bullets(
    [
      ...all.map((fact) => `${momentOf(fact.at)} ${teller.name(fact.actor)}: ${sentenceOf(fact, teller)}`),
      ...off.map((fact) => `**Still off, as far as it is recorded: ${teller.text(fact.switch)}**`),
    ],
    NOTHING.switches,
  )
}

function followups({ facts, teller }: Writing): readonly string[] {
  const all = followupsOf(facts)
  if (all.length === 0) return [NOTHING.followups]
  const rows = [...all.filter((one) => !one.done), ...all.filter((one) => one.done)].map((one) => [
    ...[String(one.number), teller.said(one.text), teller.name(one.owner as Actor), teller.text(one.due)],
    one.done ? 'done' : '**open**',
  ])
  return table(['No.', 'What', 'Owner', 'Due', 'State'], rows)
}
