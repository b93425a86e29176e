/** The English of the review, apart from the timeline's sentences: headings, figures, and questions for people. Pure. */
import type { GapName } from './figures.js'

/** Where no fact says it. */
export const NOT_RECORDED = 'not recorded'

/** The parts of the document, in their order. */
export const HEADINGS = {
  title: (id: number) => `Post-incident review: emergency #${id}`,
  summary: 'Summary',
  impact: 'Impact',
  gaps: 'Measured gaps',
  timeline: 'Timeline',
  pages: 'Pages that were late or failed',
  roles: 'Roles',
  checklists: 'Checklists',
  skipped: 'Skipped, and why',
  purges: 'Purges and holds',
  switches: 'Containment switches',
  followups: 'Follow-ups',
  people: 'What only people know',
} as const

/** Where the figures are from, and in which spirit. */
export const PREAMBLE =
  'Every figure below is from the recorded timeline; what no record says is "not recorded". Times are UTC. People did what made sense with what they knew then: this looks for what made it hard, not for who is to blame.'

/** The measured steps. */
export const GAP_NAMES: Readonly<Record<GapName, string>> = {
  read: 'Mayday read it',
  accepted: 'PagerDuty accepted the page',
  confirmed: 'PagerDuty was seen to call somebody',
  acknowledged: 'somebody took it',
  doc_opened: 'first document opened',
  mitigated: 'users no longer felt it',
  resolved: 'over',
}

/** Empty places, each with a question that asks for conditions and not for culprits. */
export const QUESTIONS: readonly string[] = [
  'In a few sentences, for somebody who was not there: what happened?',
  'What did users feel, and how many of them? What were they told, and when?',
  'Which conditions had to come together for this to happen?',
  'What made it hard to notice, to understand, or to stop?',
  'What went well, and what was luck?',
  'What surprised the people who were there? What did each of them believe at the time?',
  'Which document, checklist or alarm would have helped, and which was wrong or missing?',
  'What will be different next time? Add each as a follow-up with an owner and a date.',
]

/** An empty place. */
export const BLANK = '_…_'

/** Where a part has nothing to tell. */
export const NOTHING = {
  impact: 'Not recorded: nobody noted the impact (`/mayday impact TEXT`), and no purge was counted.',
  pages: 'None: every page was accepted and confirmed in time, as far as the timeline says.',
  roles: 'Not recorded: nobody claimed a role.',
  checklists: 'No checklist was started.',
  skipped: 'Nothing was skipped.',
  purges: 'Nothing was purged or held.',
  switches: 'No switch was used.',
  followups: 'None was recorded. (`/mayday followup`)',
} as const

/** What is told to a person about the review. */
export const REVIEW_WORDS = {
  title: (id: number) => `Review of emergency #${id}`,
  fileName: (id: number) => `review-emergency-${id}.md`,
  comment: (id: number) =>
    `The review of emergency #${id}, as far as it is recorded. What only people know is left empty in it: fill it in together, then press *Mark as reviewed*.`,
  written: (id: number) => `The review of emergency #${id} is in its thread.`,
  notWritten: (id: number, because: string) =>
    `The review could not be put into the thread: ${because} At a terminal: \`npx mayday retro ${id}\`.`,
  ask: (id: number) =>
    `The review of emergency #${id} is above. When it is talked over and filled in, press Mark as reviewed, or type /mayday retro done ${id}.`,
  button: 'Mark as reviewed',
  open: (id: number) =>
    `Emergency #${id} is still open, so it cannot be reviewed; nothing was changed. Resolve it first.`,
  already: (id: number) => `Emergency #${id} is reviewed already; nothing was changed.`,
  reviewed: (id: number) => `Emergency #${id} is marked as reviewed.`,
  blocked: (id: number, steps: readonly string[]) =>
    `Emergency #${id} is not reviewed: ${steps.length === 1 ? 'a step that the review waits for is open' : `${steps.length} steps that the review waits for are open`}: ${steps.join('; ')}. Do them, or skip them and say why; then mark it again.`,
  noThread: (id: number) =>
    `Emergency #${id} has no thread in Slack yet, so the review was not put anywhere. At a terminal: \`npx mayday retro ${id}\`.`,
  usage:
    'Nothing was done. Usage: `/mayday retro [NUMBER]` puts the review into the thread, `/mayday retro done [NUMBER]` marks it as reviewed.',
  unknown: 'There is no emergency yet; nothing was done.',
} as const
