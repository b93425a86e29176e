/** What every transition of a page gives back, and the few words the transitions share. Pure. */
import type { Actor, Page, PageFact, PageWish } from '../../incidents/incident.js'

/** The page after, and what happened, in order, with who did it. */
export interface Change {
  readonly page: Page
  readonly facts: readonly { readonly fact: PageFact; readonly actor: Actor }[]
}

/** Neither over nor in shadow mode. */
export function isLive(page: Page): boolean {
  return page.state !== 'resolved' && page.state !== 'shadowed'
}

/** PagerDuty has not taken it by any road. */
export function awaitsDelivery(page: Page): boolean {
  return page.state === 'requested' || page.state === 'rejected' || page.state === 'not_delivered'
}

/** PagerDuty has shown an incident with somebody assigned. */
export function isBeyondAccepted(page: Page): boolean {
  return page.state === 'confirmed' || page.state === 'acknowledged' || page.state === 'resolved'
}

/** Who gets the credit: the person whose wish Mayday carried over, else the name that PagerDuty gives. */
export function creditOf(wish: PageWish | undefined, name: string | undefined): Actor {
  return wish?.sentAt !== undefined ? wish.by : name === undefined ? 'mayday' : `pagerduty:${name}`
}

/** A fact about this page. */
export function about(page: Page, body: PageFactBody): PageFact {
  return { page: page.id, ...(page.team === undefined ? {} : { team: page.team }), ...body }
}
type PageFactBody = PageFact extends infer F ? (F extends PageFact ? Omit<F, 'page' | 'team'> : never) : never

/** The change that `actor` made. */
export function by(actor: Actor, page: Page, facts: readonly PageFact[]): Change {
  return { page, facts: facts.map((fact) => ({ fact, actor })) }
}

/** A copy without these fields. */
export function without<T extends object, K extends keyof T>(value: T, ...keys: readonly K[]): Omit<T, K> {
  const copy = { ...value }
  for (const key of keys) delete copy[key]
  return copy
}
