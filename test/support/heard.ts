import { expect } from 'vitest'
import type { Fact, IncidentId } from '../../src/incidents/incident.js'
import { eventually } from './eventually.js'
import type { Stage } from './stage.js'

/** The timeline of an incident, the first one unless told otherwise. */
export async function timeline(stage: Stage, incident = 1): Promise<readonly Fact[]> {
  const store = stage.bots.at(-1)?.ports.store
  return (await store?.facts.ofIncident(incident as IncidentId)) ?? []
}

/** Waits until one person alone reads this. */
export function whisper(stage: Stage, user: string, pattern: RegExp): Promise<string> {
  return eventually(() => {
    const texts = stage.slack.ephemerals(user).map((one) => one.text)
    const hit = texts.find((text) => pattern.test(text))
    expect(hit, `nobody told ${user} anything like ${pattern}, only:\n${texts.join('\n')}`).toBeDefined()
    return hit ?? ''
  })
}

/** A person types a command and reads the answer that is for them alone. */
export async function command(stage: Stage, user: string, typed: string): Promise<string> {
  const before = stage.slack.ephemerals(user).length
  const [, name = '', text = ''] = /^(\S+)\s*([\s\S]*)$/u.exec(typed) ?? []
  const result = await stage.slack.slash({ user, channel: stage.channel, command: name, text, escape: true })
  expect(result).toEqual({ acked: true })
  return eventually(() => {
    const said = stage.slack.ephemerals(user)[before]
    expect(said, `${typed} got no answer`).toBeDefined()
    return said?.text ?? ''
  })
}

/** Messages, forms and whispers that Slack would not take, and why. */
export function refusedBySlack(stage: Stage): readonly string[] {
  return stage.slack
    .calls()
    .filter((call) => call.error !== undefined && REFUSED.test(call.error))
    .map((call) => `${call.method}: ${JSON.stringify(call.response)}`)
}

const REFUSED = /block|invalid_arg|invalid_view|msg_too_long|no_text|too_large|too_long/

/** Every text that Mayday put before anybody's eyes in Slack, ever: messages, blocks, whispers, forms. */
export function wordsInSlack(stage: Stage): readonly string[] {
  const { slack } = stage
  const posted = slack.messages(stage.channel).filter((message) => message.user === slack.botUserId)
  const shown = [...posted, ...slack.ephemerals()].flatMap((one) => one.updates)
  return [...shown, ...slack.views().map((view) => view.view)].flatMap(textsOf)
}

/** Every text of every request that PagerDuty got. */
export function wordsInPagerDuty(stage: Stage): readonly string[] {
  return stage.pagerduty.requests().flatMap((request) => textsOf(request.body))
}

function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(textsOf)
}
