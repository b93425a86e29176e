/** Asks owners who are silent, and ends a silence that stays. Decided under the incident's lock, so once for all replicas. */
import type { Chat, ChatMessage, Clock, Log, NewId, Store } from '../../ports.js'
import {
  type Actor,
  type Fact,
  type FactBody,
  type Incident,
  type IncidentId,
  rootKey,
  threadOf,
  tsToMs,
} from '../incident.js'
import type { Answer, Press } from '../incidents.js'
import { mentionOf, type OwnerDeps, ownersAmong } from './owner.js'
import { dueOf, type Silence, type SilencePolicy, silenceOf } from './rule.js'
import type { Seen } from './seen.js'
import { answered, nobodyHasIt, question, STILL_ON_IT, takeItOver } from './words.js'

export interface SilenceDeps extends OwnerDeps {
  readonly store: Store
  readonly chat: Pick<Chat, 'person' | 'replies'>
  readonly clock: Clock
  readonly log: Log
  readonly newId: NewId
  readonly seen: Seen
  readonly policy: SilencePolicy
  readonly changed: () => void
  /** Undefined: the person may respond; else the refusal. */
  readonly refusal: (user: string, about: IncidentId, press: string, capability: string) => Promise<string | undefined>
}

export interface Silences {
  /** Looks at every open emergency that somebody has. */
  tick(): Promise<void>
  /** "I am on it", pressed by anybody. */
  stillOnIt(press: Press): Promise<Answer>
  /** Puts the question into the thread, or its answer in its place. Idempotent. */
  show(fact: Fact): Promise<void>
}

export function createSilences(deps: SilenceDeps): Silences {
  /** What the thread showed, by emergency: the last word of the owner, ms. */
  const heard = new Map<IncidentId, number>()
  return {
    tick: () => tick(deps, heard),
    stillOnIt: (press) => stillOnIt(deps, press),
    show: (fact) => show(deps, fact),
  }
}

async function tick(deps: SilenceDeps, heard: Map<IncidentId, number>): Promise<void> {
  if (deps.policy.askSilentOwnerAfterMs === undefined) return
  const open = await deps.store.incidents.open()
  for (const id of heard.keys()) if (!open.some((one) => one.id === id)) heard.delete(id)
  for (const incident of open) {
    try {
      await look(deps, heard, incident)
    } catch (error) {
      // why: a person whom Slack does not let be heard, or recognised, is not taken for silent; the next look tells.
      deps.log.warn('it is not known whether an owner is silent', { incident: incident.id, error })
    }
  }
}

async function look(deps: SilenceDeps, heard: Map<IncidentId, number>, incident: Incident): Promise<void> {
  const { acknowledgedBy: owner, acknowledgedAt = incident.recordedAt } = incident
  const { askSilentOwnerAfterMs: askAfter = 0 } = deps.policy
  if (owner === undefined || deps.clock.now() - acknowledgedAt < askAfter) return
  const facts = await deps.store.facts.ofIncident(incident.id)
  const seen = await deps.seen.all()
  const speaksFor = await ownersAmong(deps, owner, [...facts.map((fact) => fact.actor), ...seen.keys()])
  const seenAt = latest([...seen].flatMap(([actor, at]) => (speaksFor(actor) ? [at] : [])))
  const before = Math.max(seenAt, heard.get(incident.id) ?? 0)
  const silence = silenceOf(incident, facts, speaksFor, before)
  if (silence === undefined || dueOf(silence, deps.policy, deps.clock.now()) === undefined) return
  // why: what was written while Mayday was down or deaf is not on the timeline yet, and nobody is woken for that.
  const spoke = await spokeAt(deps, incident, silence)
  if (spoke > silence.since) {
    heard.set(incident.id, spoke)
    return
  }
  await decide(deps, incident.id, speaksFor, before)
}

/** When the owner last wrote in the thread, as Slack has it now, ms; 0: not since. */
async function spokeAt(deps: SilenceDeps, incident: Incident, { owner, since }: Silence): Promise<number> {
  const root = incident.threadTs ?? (await deps.store.outbox.tsOf(rootKey(incident.id)))
  if (root === undefined) return 0
  const said: { readonly actor: Actor; readonly at: number }[] = []
  const oldest = (since / 1000).toFixed(6)
  for (let next: string | undefined, pages = 0; pages === 0 || (next !== undefined && pages < 20); pages++) {
    const page = await deps.chat.replies(incident.channel, root, oldest, next)
    for (const { user, ts } of page.messages) {
      if (typeof user === 'string' && typeof ts === 'string') said.push({ actor: `slack:${user}`, at: tsToMs(ts) })
    }
    next = page.next
  }
  const speaksFor = await ownersAmong(
    deps,
    owner,
    said.map((one) => one.actor),
  )
  return latest(said.flatMap(({ actor, at }) => (speaksFor(actor) ? [at] : [])))
}

async function decide(
  deps: SilenceDeps,
  id: IncidentId,
  speaksFor: (actor: Actor) => boolean,
  seenAt: number,
): Promise<void> {
  const done = await deps.store.tx(async (t) => {
    const incident = await t.incidents.take(id)
    if (incident === undefined) return false
    const now = deps.clock.now()
    // Looked at again under the lock: another replica may have been first, or the owner.
    const silence = silenceOf(incident, await t.facts.ofIncident(id), speaksFor, seenAt)
    const due = silence === undefined ? undefined : dueOf(silence, deps.policy, now)
    if (silence === undefined || due === undefined) return false
    const about = { owner: silence.owner, silentMs: now - silence.since }
    const body: FactBody = { kind: due === 'ask' ? 'silence_asked' : 'silence_ended', ...about }
    await t.facts.append({ id: deps.newId(), incidentId: id, at: now, actor: 'mayday', ...body })
    return true
  })
  if (done) deps.changed()
}

async function stillOnIt(deps: SilenceDeps, press: Press): Promise<Answer> {
  const refusal = await deps.refusal(press.user, press.incident, press.press, 'say that they are on it')
  if (refusal !== undefined) return refusal
  const actor: Actor = `slack:${press.user}`
  const incident = await deps.store.tx(async (t) => {
    const held = await t.incidents.take(press.incident)
    if (held?.state !== 'acknowledged' && held?.state !== 'mitigated') return held
    const head = { id: `still:${press.press}`, incidentId: held.id, at: deps.clock.now(), actor }
    await t.facts.append({ ...head, kind: 'still_on_it' })
    return held
  })
  deps.changed()
  if (incident === undefined) return `There is no emergency #${press.incident}; nothing was done.`
  if (incident.state === 'resolved' || incident.state === 'reviewed')
    return `Emergency #${incident.id} is closed already; nothing was changed.`
  const owner = incident.acknowledgedBy
  if (owner === undefined) return nobodyHasIt(incident.id)
  if ((await ownersAmong(deps, owner, [actor]))(actor)) return undefined
  const pages = await deps.store.pages.ofIncident(incident.id)
  return takeItOver(incident.id, owner, pages.find((page) => page.state === 'acknowledged')?.pager?.url)
}

async function show(deps: SilenceDeps, fact: Fact): Promise<void> {
  const incident = await deps.store.incidents.get(fact.incidentId)
  if (incident === undefined) return
  const facts = await deps.store.facts.ofIncident(fact.incidentId)
  const asked = facts.findLast((one) => one.kind === 'silence_asked')
  if (asked?.kind !== 'silence_asked') return
  // why: a question whose answer is on the timeline already must not come back when this is drawn a second time.
  const answer = facts.find((one) => one.kind === 'still_on_it' && one.at >= asked.at)
  const message = answer === undefined ? asking(deps, incident, asked) : { text: answered(answer.actor, asked.owner) }
  const key = `silence:${asked.id}`
  await deps.store.outbox.put({ key, channel: incident.channel, thread: threadOf(incident), ...message })
}

function asking(deps: SilenceDeps, incident: Incident, fact: Fact & { readonly kind: 'silence_asked' }): ChatMessage {
  const text = question({
    ...{ incident: incident.id, owner: fact.owner, silentMs: fact.silentMs },
    mention: mentionOf(deps, fact.owner),
    answerWithinMs: deps.policy.unacknowledgeAfterMs,
  })
  const button = {
    ...{ type: 'button', action_id: 'incident.still_on_it', value: String(incident.id), style: 'primary' },
    text: { type: 'plain_text', text: STILL_ON_IT },
  }
  const section = { type: 'section', text: { type: 'mrkdwn', text } }
  return { text, blocks: [section, { type: 'actions', elements: [button] }] }
}

function latest(moments: readonly number[]): number {
  return Math.max(0, ...moments)
}
