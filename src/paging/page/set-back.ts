/** What becomes of a page when the clock of the machine is set back: its own times lie in the future then. Pure. */
import type { Page, PageWish } from '../../incidents/incident.js'

/** Clocks of replicas differ by less than this, ms. */
const SKEW_MS = 5_000
/** Longer than any wait for a next attempt or look, ms. PagerDuty's `Retry-After` is cut to 5 min. */
const LONGEST_WAIT_MS = 6 * 60_000

/** Has something happened to this page that, by the clock, is still to come? */
export function isAhead(page: Page, now: number): boolean {
  const happened = Math.max(page.requestedAt, page.watch.since, page.acceptedAt ?? 0, page.createTriedAt ?? 0)
  return happened > now + SKEW_MS || page.notBefore > now + LONGEST_WAIT_MS
}

/** The same page with nothing in the future: its next attempt is due, and its deadlines count from now. */
export function setBack(page: Page, now: number): Page {
  const past = (at: number): number => Math.min(at, now)
  const { acceptedAt, createTriedAt, seenAt, wantsAcknowledge, wantsResolve, wantsUnacknowledge: silence, watch } = page
  return {
    ...page,
    requestedAt: past(page.requestedAt),
    notBefore: past(page.notBefore),
    watch: { ...watch, since: past(watch.since) },
    ...(acceptedAt === undefined ? {} : { acceptedAt: past(acceptedAt) }),
    ...(createTriedAt === undefined ? {} : { createTriedAt: past(createTriedAt) }),
    ...(seenAt === undefined ? {} : { seenAt: past(seenAt) }),
    ...(wantsAcknowledge === undefined ? {} : { wantsAcknowledge: wishSetBack(wantsAcknowledge, past) }),
    ...(silence === undefined
      ? {}
      : { wantsUnacknowledge: { ...silence, at: past(silence.at), since: past(silence.since) } }),
    ...(wantsResolve === undefined ? {} : { wantsResolve: wishSetBack(wantsResolve, past) }),
  }
}

function wishSetBack<W extends PageWish>(wish: W, past: (at: number) => number): W {
  return { ...wish, at: past(wish.at), ...(wish.sentAt === undefined ? {} : { sentAt: past(wish.sentAt) }) }
}
