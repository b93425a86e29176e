import type { Night } from './acts.js'
import type { Emergency } from './ledger.js'
import { span } from './narrator.js'
import { type PurgeReport, purgeReportOf, tellPurgeReport } from './purge-report.js'

/** What a replay came to, for programs. Spans in ms; null where it did not happen. */
export interface NightReport {
  readonly scenario: string
  /** Everything that was expected was seen. */
  readonly held: boolean
  readonly failure?: { readonly expected: string; readonly seen: string }
  readonly emergencies: readonly {
    readonly text: string
    readonly postedBy: string
    /** From the post to the 202. */
    readonly acceptedAfterMs: number | null
    /** From the post to the phone that rings. */
    readonly pagedAfterMs: number | null
    /** From the post to the card that names who is being called. */
    readonly confirmedAfterMs: number | null
    readonly acknowledgedBy: string | null
    readonly acknowledgedAfterMs: number | null
    readonly resolvedBy: string | null
  }[]
  readonly pages: number
  readonly messages: number
  readonly stepsTicked: number
  readonly stepsSkipped: number
  readonly messagesLost: number
  readonly messagesDoubled: number
  /** Null where there was no Redis, or the story does not come to it. */
  readonly purge: PurgeReport | null
  readonly tookMs: number
}

export function reportOf(
  night: Night,
  o: {
    readonly scenario: string
    readonly tookMs: number
    readonly failure?: { readonly expected: string; readonly seen: string }
  },
): NightReport {
  const { lost, doubled } = night.ledger.audit()
  const posts = night.slack
    .messages(night.channel)
    .filter((one) => one.threadTs === undefined && one.botId === undefined)
  const unanswered = posts.filter(({ ts }) => night.thread(ts).length === 1 && !lost.some((one) => one.ts === ts))
  const messagesLost = lost.length + unanswered.length
  const steps = stepsOf(night)
  return {
    scenario: o.scenario,
    held: o.failure === undefined && messagesLost === 0 && doubled.length === 0,
    ...(o.failure === undefined ? {} : { failure: o.failure }),
    emergencies: night.ledger.emergencies.map((one) => rowOf(night, one)),
    pages: night.pagerduty.incidents().filter((one) => one.mergedInto === undefined).length,
    stepsTicked: steps.ticked,
    stepsSkipped: steps.skipped,
    messages: posts.length,
    messagesLost,
    messagesDoubled: doubled.length,
    purge: purgeReportOf(night),
    tookMs: Math.round(o.tookMs),
  }
}

function rowOf(night: Night, emergency: Emergency): NightReport['emergencies'][number] {
  const trace = night.ledger.trace(emergency)
  const since = (at: number | undefined) => (at === undefined ? null : at - emergency.postedAt)
  return {
    text: emergency.text,
    postedBy: emergency.by.name,
    acceptedAfterMs: since(trace.acceptedAt),
    pagedAfterMs: since(trace.calledAt),
    confirmedAfterMs: since(confirmedAt(night, emergency)),
    acknowledgedBy: trace.acknowledgedBy ?? null,
    acknowledgedAfterMs: since(trace.acknowledgedAt),
    resolvedBy: closerOf(night, emergency),
  }
}

function confirmedAt(night: Night, emergency: Emergency): number | undefined {
  return night.card(emergency)?.updates.find(({ text }) => /\bis paging\b|\backnowledged\b/.test(text))?.at
}

/** As the card has it: PagerDuty often credits the integration, whoever pressed. */
function closerOf(night: Night, emergency: Emergency): string | null {
  const text = night.cardText(emergency)
  return /^Emergency #\d+: (?:resolved|false alarm, closed) by (.+?)(?: \(in PagerDuty\))?, \d/.exec(text)?.[1] ?? null
}

/** The table at the end. */
export function tellReport(night: Night, report: NightReport): void {
  const { tell } = night
  tell.heading('What came of it')
  const told = (ms: number | null) => (ms === null ? 'never' : span(ms))
  tell.rows([
    ['posted', 'paged after', 'confirmed after', 'acknowledged by', 'after', 'resolved by'],
    ...report.emergencies.map((one, index) => [
      `${night.tell.time(night.emergency(index).postedAt)} ${one.postedBy}`,
      told(one.pagedAfterMs),
      told(one.confirmedAfterMs),
      one.acknowledgedBy ?? 'nobody',
      told(one.acknowledgedAfterMs),
      one.resolvedBy ?? 'nobody',
    ]),
  ])
  tell.plain('')
  tell.rows([
    [
      'emergencies',
      `${report.emergencies.length}, and ${report.pages} page${report.pages === 1 ? '' : 's'} in PagerDuty`,
    ],
    ['messages', `${report.messages} posted, ${report.messagesLost} lost, ${report.messagesDoubled} doubled`],
    ['steps', `${report.stepsTicked} ticked, ${report.stepsSkipped} skipped`],
    ['replayed in', span(report.tookMs)],
  ])
  if (report.purge !== null) tellPurgeReport(tell, report.purge)
}

/** Steps ticked and skipped in every checklist of the night, as the checklists say it. */
function stepsOf(night: Night): { readonly ticked: number; readonly skipped: number } {
  const told = night.slack
    .messages(night.channel)
    .filter((message) => message.botId === night.slack.botId)
    .map((message) => /^Checklist .*?: (\d+) of \d+ done(?:, (\d+) skipped)?/.exec(message.text))
  const sum = (group: number) => told.reduce((all, match) => all + Number(match?.[group] ?? 0), 0)
  return { ticked: sum(1), skipped: sum(2) }
}
