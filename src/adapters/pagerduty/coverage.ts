/** Holes in an on-call rota. Pure; times are epoch ms. */
import type { OnCallEntry } from './answers.js'

export interface Gap {
  readonly from: number
  readonly to: number
}

/** Handovers that miss each other by less than this are rounding, not a hole. */
const ROUNDING_MS = 60_000

/** Stretches between `from` and `to` in which none of these entries is on call. No start or end: since or for ever. */
export function gaps(entries: readonly OnCallEntry[], from: number, to: number): readonly Gap[] {
  const shifts = entries
    .map((entry) => ({ start: Math.max(entry.start ?? from, from), end: Math.min(entry.end ?? to, to) }))
    .filter((shift) => shift.end > shift.start)
    .toSorted((a, b) => a.start - b.start)
  const found: Gap[] = []
  let covered = from
  for (const shift of [...shifts, { start: to, end: to }]) {
    if (shift.start - covered >= ROUNDING_MS) found.push({ from: covered, to: shift.start })
    covered = Math.max(covered, shift.end)
  }
  return found
}
