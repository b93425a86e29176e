/** The timeline in English: what became of pages. Nothing claims more than PagerDuty has answered. Pure. */
import type { PageFact, PageFailure } from '../incident.js'
import { listed, type Sentences, type Teller } from './tell.js'

type Kinds = PageFact['kind']

/** Every kind of fact about a page. */
export const OF_PAGES: Sentences<Kinds> = {
  page_requested: (fact) => `${pageOf(fact)} requested`,
  page_shadowed: (fact) => `${pageOf(fact)} not sent: shadow mode, nobody was called`,
  page_accepted: (fact) =>
    `PagerDuty accepted the ${pageOf(fact)}${fact.attempts > 1 ? ` at try ${fact.attempts}` : ''}${fact.road === 'rest' ? ', by the second road' : ''}`,
  page_rejected: (fact, { text }) => `PagerDuty refused the ${pageOf(fact)} (${failure(fact.failure, text)})`,
  page_failing: (fact, { text }) => `the ${pageOf(fact)} did not get through (${failure(fact.failure, text)}); retried`,
  page_not_delivered: (fact, { text }) =>
    `the ${pageOf(fact)} could not be delivered (${failure(fact.failure, text)}); the channel was told to call by phone`,
  page_unconfirmed: (fact, { text }) =>
    `PagerDuty accepted the ${pageOf(fact)}, and nobody was known to be called${fact.unseen === undefined ? '' : ` (${text(fact.unseen)})`}; the channel was told`,
  page_confirmed: (fact, { text }) =>
    `PagerDuty is paging ${listed(fact.pager.assignees.map(text))}${fact.late ? ', late' : ''}`,
  page_assignees_changed: ({ assignees }, { text }) => `PagerDuty is now paging ${listed(assignees.map(text))}`,
  page_acknowledge_asked: ({ verifiable }) =>
    `PagerDuty was asked to acknowledge${verifiable ? '' : '; whether it did cannot be seen'}`,
  page_resolve_asked: ({ verifiable }) =>
    `PagerDuty was asked to resolve${verifiable ? '' : '; whether it did cannot be seen'}`,
  page_acknowledged: (fact) => `${pageOf(fact)} acknowledged in PagerDuty`,
  page_unacknowledged: (fact, { name }) =>
    `${pageOf(fact)} no longer acknowledged in PagerDuty${fact.silent === undefined ? '' : `, after ${name(fact.silent)} had been silent`}`,
  page_unacknowledge_failed: (fact, { text }) =>
    `PagerDuty did not take the acknowledgement of the ${pageOf(fact)} back (${text(fact.because)})${fact.final ? '' : '; asked again'}`,
  page_left_acknowledged: (fact, { text, when }) =>
    `the ${pageOf(fact)} was left acknowledged: ${fact.until === undefined ? `${fact.by === undefined ? 'somebody' : text(fact.by)} acknowledged it anew in PagerDuty` : `it is snoozed in PagerDuty until ${when(fact.until)}`}`,
  page_resolved: (fact) => `${pageOf(fact)} resolved${fact.falseAlarm ? ' as a false alarm' : ''}`,
  page_wish_failed: ({ wish, because }, { text }) => `PagerDuty did not ${wish} (${text(because)})`,
  page_reminded: (fact) => `nobody had acknowledged the ${pageOf(fact)}; the thread was reminded`,
  page_escalated: ({ level, because }, { text }) =>
    because === undefined
      ? `escalated${level === undefined ? '' : ` to level ${level}`}, because nobody had acknowledged`
      : `could not be escalated (${text(because)})`,
  page_backstop: () => 'nobody had acknowledged; the whole channel was called',
  page_doubled: ({ merged }) =>
    `the page came out by both roads, so somebody may have been called twice${merged ? '; merged into one' : ''}`,
}

function pageOf({ team }: { readonly team?: string }): string {
  return team === undefined ? 'page' : `page to team ${team}`
}

function failure({ because, kind }: PageFailure, text: Teller['text']): string {
  return `${text(because)}${kind === 'unknown' ? ', it may have been applied all the same' : ''}`
}
