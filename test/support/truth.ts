import { expect } from 'vitest'
import type { SimMessage } from '../../src/simulator/slack/types.js'
import { eventually } from './eventually.js'
import type { Stage, Thread } from './stage.js'

/** One wording of one message of Mayday, and when it could first be read. */
export interface Wording {
  readonly at: number
  /** The text, and every text in the blocks. */
  readonly text: string
}

/** Every wording that Mayday's messages in the channel and its threads ever showed, oldest first. */
export function wordings(stage: Stage): readonly Wording[] {
  return stage.slack
    .messages(stage.channel)
    .filter((message) => message.user === stage.slack.botUserId)
    .flatMap((message) => message.updates)
    .map(({ at, text, blocks }) => ({ at, text: [text, ...textsOf(blocks)].join('\n') }))
    .sort((a, b) => a.at - b.at)
}

/**
 * Holds everything that was ever shown against what the simulated PagerDuty had done at that very moment: nobody is
 * said to be paged before they were called, nothing accepted or acknowledged before it was.
 */
export function expectTruth(stage: Stage): void {
  const past = pastOf(stage)
  const said = wordings(stage)
  expect(said.length, 'Mayday said nothing at all').toBeGreaterThan(0)
  const untrue = said.flatMap((wording) => lies(wording, past).map((lie) => `${lie}: ${wording.text}`))
  expect(untrue).toEqual([])
}

interface Past {
  /** Name of a person and when PagerDuty called them. */
  readonly calls: readonly { readonly name: string; readonly at: number }[]
  readonly accepted: readonly number[]
  readonly acknowledged: readonly number[]
  readonly armed: boolean
}

function pastOf(stage: Stage): Past {
  const incidents = stage.pagerduty.incidents()
  const { users } = stage.pagerduty.snapshot() as { readonly users: readonly { id: string; name: string }[] }
  const nameOf = (id: string): string => users.find((user) => user.id === id)?.name ?? id
  const logged = (type: string): readonly number[] =>
    incidents.flatMap((incident) => incident.log.filter((line) => line.type === type).map((line) => line.at))
  return {
    calls: incidents.flatMap((one) => one.notified.map(({ user, at }) => ({ name: nameOf(user), at }))),
    accepted: [...stage.pagerduty.events().map((event) => event.at), ...incidents.map((one) => one.createdAt)],
    acknowledged: logged('acknowledge_log_entry'),
    armed: stage.config.paging.mode === 'armed',
  }
}

function lies({ at, text }: Wording, past: Past): readonly string[] {
  const before = (times: readonly number[]): boolean => times.some((time) => time <= at)
  const called = (name: string): boolean => past.calls.some((call) => call.name === name && call.at <= at)
  const lies: string[] = []
  for (const [, names = ''] of text.matchAll(/(?:is|already) paging ([^.]+)\./gu)) {
    for (const name of names.replaceAll('*', '').split(', ')) if (!called(name)) lies.push(`${name} was not called`)
  }
  const someone = before(past.calls.map((call) => call.at))
  if (/got through|may have been called twice|raised the page|PagerDuty opened/u.test(text) && !someone)
    lies.push('nobody was called')
  if (/\bpaged \d+ (s|min|h) ago/u.test(text) && !someone) lies.push('nobody was called')
  if (/PagerDuty accepted the page/u.test(text) && !before(past.accepted)) lies.push('nothing was accepted')
  if (/(?<!has )acknowledged (the page|an incident|<[^>]+> in PagerDuty)/u.test(text) && !before(past.acknowledged))
    lies.push('nothing was acknowledged')
  if (/nobody has been (called|paged)/iu.test(text) && past.armed) lies.push('nobody can know that')
  return lies
}

function textsOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(textsOf)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) =>
    name === 'text' && typeof inner === 'string' ? [inner] : textsOf(inner),
  )
}

/** A reply of the thread that reads like this now. */
export function expectReply(thread: Thread, pattern: RegExp): SimMessage {
  const texts = thread.replies().map((reply) => reply.text)
  const hit = thread.replies().find((reply) => pattern.test(reply.text))
  if (hit === undefined) expect(texts, `no reply like ${pattern}`).toContainEqual(expect.stringMatching(pattern))
  return hit as SimMessage
}

/** Something that stood in the thread at any time. */
export function expectEver(thread: Thread, pattern: RegExp): void {
  expect(thread.history()).toContainEqual(expect.stringMatching(pattern))
}

/** The loud message: seen by the whole channel, that nobody is known to be paged and whom to call by phone. */
export function expectShout(thread: Thread, people: readonly RegExp[]): string {
  const loud = thread
    .replies()
    .filter((reply) => reply.subtype === 'thread_broadcast')
    .map((reply) => reply.text)
  const shout = loud.find((text) => /<!channel>.*Nobody is known to have been paged/u.test(text)) ?? ''
  expect(shout, `no loud message among: ${loud.join(' // ')}`).not.toBe('')
  for (const person of people) expect(shout).toMatch(person)
  return shout
}

/** For `createStage({ yaml })`: somebody to call who is in no PagerDuty. */
export const CONTACTS = 'paging: { contacts: [{ name: Office, phone: "+49 30 1234" }] }'

/** What a loud message has to hold when the on-call list was read before: on call, and contacts of mayday.yml. */
export const CALL_LIST = [
  /Alex Rivera.*\+1 ?415 ?555 ?0101/u,
  /Kim Osei.*\+1 ?415 ?555 ?0102/u,
  /Office.*\+49 30 1234/u,
]

/** Waits until every copy of the bot has read who is on call. */
export async function knowsOnCall(stage: Stage): Promise<void> {
  await eventually(async () => {
    const lists = await Promise.all(stage.bots.map((bot) => bot.ports.directory.known()))
    for (const list of lists) expect(list?.people.map((person) => person.phone)).toHaveLength(2)
  })
}
