/** When a follow-up is due, and whose it is, as people type it. Pure. */

const DAY_MS = 86_400_000

/** "2026-12-01", "today", "tomorrow" or "5d", as an ISO date. Undefined: it is none of them, or no day of the calendar. */
export function dueDate(typed: string, now: number): string | undefined {
  const word = typed.toLowerCase()
  if (word === 'today') return isoDay(now)
  if (word === 'tomorrow') return isoDay(now + DAY_MS)
  const days = /^(\d{1,3})d$/u.exec(word)?.[1]
  if (days !== undefined) return isoDay(now + Number(days) * DAY_MS)
  if (!/^\d{4}-\d{2}-\d{2}$/u.test(word)) return undefined
  const at = Date.parse(`${word}T00:00:00Z`)
  // why: Date.parse takes 30 February for 2 March.
  return Number.isNaN(at) || isoDay(at) !== word ? undefined : word
}

/** The day (UTC) of a moment, as an ISO date. */
export function isoDay(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}

/** why: on the last day somewhere on earth (UTC−12) it is not over. */
const LAST_ZONE_MS = 12 * 3_600_000

/** Is this day (ISO date) over for everybody? */
export function isPast(day: string, now: number): boolean {
  return day < isoDay(now - LAST_ZONE_MS)
}

/** The user id of a mention as Slack writes it where a command is escaped: `<@U…>` or `<@U…|name>`. */
export function mentioned(typed: string): string | undefined {
  return /^<@([UW][A-Z0-9]{1,30})(?:\|[^>]*)?>$/u.exec(typed)?.[1]
}
