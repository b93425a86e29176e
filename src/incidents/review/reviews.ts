/** The review as people ask for it: written into the thread, and marked as done. */
import { describe } from '../../errors.js'
import { escapedLine, escapedText, who } from '../../mrkdwn.js'
import type { Files } from '../../ports/files.js'
import type { ReviewedStep } from '../../ports/review.js'
import type { Chat, ChatMessage, Clock, Log, NewId, Store } from '../../ports.js'
import { taken } from '../follow.js'
import { type Actor, type Incident, type IncidentId, isOpen, rootKey, threadOf } from '../incident.js'
import type { Answer, Incidents, Press } from '../incidents.js'
import { gatherReview, readRuns } from './gather.js'
import { renderReview } from './review.js'
import { REVIEW_WORDS } from './words.js'

export interface ReviewsDeps {
  readonly store: Store
  readonly chat: Pick<Chat, 'person'>
  readonly files: Files
  readonly clock: Clock
  readonly log: Log
  readonly newId: NewId
  readonly changed: () => void
  readonly refusal: Incidents['refusal']
}

export interface Reviews {
  /** Writes it from what is recorded until now, and puts it into the thread as a file. */
  write(press: Press): Promise<Answer>
  /** Marks the emergency as reviewed; refused, with their names, while steps that the review waits for are open. */
  done(press: Press): Promise<Answer>
  /** The emergency that is meant without a number: the newest of the channel, open or not, else of all. */
  latest(channel: string): Promise<Incident | undefined>
}

export function createReviews(deps: ReviewsDeps): Reviews {
  return {
    write: (press) => write(deps, press),
    done: async (press) =>
      (await deps.refusal(press.user, press.incident, press.press, 'retro')) ??
      markReviewed(deps, press.incident, `slack:${press.user}`),
    latest: async (channel) => {
      const recent = await deps.store.incidents.recent(50)
      return recent.find((one) => one.channel === channel) ?? recent[0]
    },
  }
}

async function write(deps: ReviewsDeps, press: Press): Promise<Answer> {
  const refused = await deps.refusal(press.user, press.incident, press.press, 'retro')
  if (refused !== undefined) return refused
  const id = press.incident
  const review = await gatherReview(deps.store, id, deps.clock.now(), (user) => nameOf(deps, user))
  const { incident } = review
  const threadTs = incident.threadTs ?? (await deps.store.outbox.tsOf(rootKey(id)))
  if (threadTs === undefined) return REVIEW_WORDS.noThread(id)
  try {
    await deps.files.share({
      channel: incident.channel,
      threadTs,
      name: REVIEW_WORDS.fileName(id),
      title: REVIEW_WORDS.title(id),
      content: renderReview(review),
      comment: REVIEW_WORDS.comment(id),
    })
  } catch (error) {
    deps.log.warn('a review could not be put into its thread', { incident: id, error })
    return REVIEW_WORDS.notWritten(id, escapedText(describe(error), 500))
  }
  await record(deps, press, incident)
  return REVIEW_WORDS.written(id)
}

async function record(deps: ReviewsDeps, press: Press, incident: Incident): Promise<void> {
  const head = { incidentId: incident.id, at: deps.clock.now(), actor: `slack:${press.user}` } as const
  await deps.store.tx(async (t) => {
    await t.facts.append({ id: `review:${press.press}`, ...head, kind: 'review_written' })
    if (incident.state !== 'resolved') return
    const key = `review:${incident.id}`
    await t.outbox.put({ key, channel: incident.channel, thread: threadOf(incident), ...question(incident.id) })
  })
  deps.changed()
}

function question(id: IncidentId): ChatMessage {
  const text = REVIEW_WORDS.ask(id)
  const label = { type: 'plain_text', text: REVIEW_WORDS.button }
  const button = { type: 'button', action_id: 'incident.reviewed', value: String(id), text: label }
  const blocks = [
    { type: 'section', text: { type: 'mrkdwn', text } },
    { type: 'actions', elements: [button] },
  ]
  return { text, blocks }
}

/** A person's name is worth a moment, and its absence no failure: the id stands there then. */
async function nameOf({ chat, log }: ReviewsDeps, user: string): Promise<string | undefined> {
  try {
    return (await chat.person(user))?.name
  } catch (error) {
    log.warn('Slack did not say who a person in a review is; their id stands there', { user, error })
    return undefined
  }
}

/** Also behind `mayday retro ID --done`. What was not done, or that it was, in mrkdwn. */
export async function markReviewed(
  deps: Pick<ReviewsDeps, 'store' | 'clock' | 'newId' | 'changed'>,
  id: IncidentId,
  actor: Actor,
): Promise<string> {
  const answer = await deps.store.tx(async (t) => {
    const incident = await taken(t, id)
    if (incident.state === 'reviewed') return REVIEW_WORDS.already(id)
    if (isOpen(incident)) return REVIEW_WORDS.open(id)
    const runs = incident.falseAlarm === true ? [] : await readRuns(t, id)
    const waiting = runs.flatMap((run) => run.steps.filter(isWaitedFor))
    if (waiting.length > 0) return REVIEW_WORDS.blocked(id, waiting.map(named))
    await t.incidents.save({ ...incident, state: 'reviewed' })
    const head = { id: deps.newId(), incidentId: id, at: deps.clock.now(), actor }
    await t.facts.append({ ...head, kind: 'incident_reviewed' })
    return REVIEW_WORDS.reviewed(id)
  })
  deps.changed()
  return answer
}

function isWaitedFor({ blocksReview, state }: ReviewedStep): boolean {
  return blocksReview === true && state.status === 'open'
}

function named({ title, owner, assignee }: ReviewedStep): string {
  const whose = assignee === undefined ? owner && escapedLine(owner, 80) : who(assignee)
  return `"${escapedLine(title, 150)}"${whose === undefined ? ', which nobody has' : ` (${whose})`}`
}
