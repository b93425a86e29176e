import type { WebClient } from '@slack/web-api'

/** Something from outside that is at least an object. */
export type Rec = Readonly<Record<string, unknown>>

export function isRec(value: unknown): value is Rec {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value when it is a text that is not empty. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** The objects in a list; nothing when it is no list. */
export function recsOf(value: unknown): readonly Rec[] {
  return Array.isArray(value) ? value.filter(isRec) : []
}

/** One Web API call, its answer taken as what it is: something from outside. Throws what the client throws. */
export async function callSlack(client: WebClient, method: string, args: Rec = {}): Promise<Rec> {
  return { ...(await client.apiCall(method, { ...args })) }
}

/** Where the next page begins; Slack says "" on the last one. */
export function cursorOf(answer: Rec): string | undefined {
  return isRec(answer['response_metadata']) ? textOf(answer['response_metadata']['next_cursor']) : undefined
}
