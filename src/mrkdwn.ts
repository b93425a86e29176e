/**
 * Text on its way into Slack and out of it. Pure; every room may import it. Nothing that passes through here can mention
 * anybody: `<!channel>` in a checklist or a quoted message is shown as these ten characters and wakes nobody.
 */
import type { Actor } from './incidents/incident.js'

/**
 * Escapes for mrkdwn and for a message's `text`.
 * why: Slack treats `&`, `<` and `>` as control characters in both (docs: "Escaping text"); everything else is literal.
 */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/**
 * One line without control characters or half surrogate pairs, at most `max` UTF-16 units, with "…" where it was cut.
 * Not escaped.
 */
export function line(text: string, max: number): string {
  return cut(scrub(text).replace(/\s+/g, ' ').trim(), max, (kept) => kept)
}

/** As `line`, but keeps line breaks. `max` counts the result after escaping, because that is what Slack counts. */
export function escapedText(text: string, max: number): string {
  const clean = scrub(text)
    .replace(/[^\S\n]+/g, ' ')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
  return cut(clean, max, escaped)
}

/** `line`, escaped; `max` counts the result. */
export function escapedLine(text: string, max: number): string {
  return cut(line(text, text.length), max, escaped)
}

/**
 * Slack's mrkdwn, as a message event brings it, in the words a person sees: mentions and links without angle brackets,
 * entities undone. Safe for a phone or a terminal; on its way back into Slack it must be escaped again.
 */
export function readable(mrkdwn: string): string {
  return mrkdwn
    .replace(
      /<!(?:subteam\^)?(\w+)(?:\^[^>|]*)?(?:\|@?([^>]*))?>/gu,
      (_all, id: string, name?: string) => `@${name || id}`,
    )
    .replace(/<([@#])(\w+)(?:\|([^>]*))?>/gu, (_all, sign: string, id: string, name?: string) => sign + (name || id))
    .replace(/<([^>|]+)\|([^>]*)>/gu, (_all, url: string, label: string) =>
      label === '' || label === url ? url : `${label} (${url})`,
    )
    .replace(/<([^>|]+)>/gu, '$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .trim()
}

/** A span of time as people say it: "40 s", "3 min", "2 h 5 min". From ms; never negative. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 90) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 120) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`
  return `${Math.round(hours / 24)} days`
}

/**
 * For plain_text objects (headers, buttons, modal titles), where Slack parses nothing but shows entities differently
 * from client to client: angle brackets become look-alikes, so that no reading of it can be a mention.
 */
export function plain(text: string, max: number): string {
  return line(text.replaceAll('<', '‹').replaceAll('>', '›'), max)
}

/** A code span. A back-tick inside would end it, so it becomes an apostrophe. */
export function code(text: string, max: number): string {
  return `\`${escapedLine(text.replaceAll('`', "'"), max - 2)}\``
}

/** A person or program in mrkdwn: a mention for a Slack user, else the escaped name and where it is from. */
export function who(actor: Actor): string {
  const [kind, ...rest] = actor.split(':')
  const name = rest.join(':')
  // why: only a well-formed user id may stand in angle brackets; anything else there could be a broadcast.
  if (kind === 'slack' && /^[UW][A-Z0-9]{1,30}$/.test(name)) return `<@${name}>`
  if (kind === 'terminal') return `${escapedLine(name, 80)} (at a terminal)`
  if (kind === 'pagerduty') return `${escapedLine(name, 80)} (in PagerDuty)`
  return name === '' ? 'Mayday' : escapedLine(name, 80)
}

/**
 * Who keeps a thing, as a file says it: a mention for the id of a Slack user or user group, else the escaped words.
 * `wakes`: `one` where a mention of a whole group would call people who are not needed.
 */
export function keeper(owner: string, wakes: 'everybody' | 'one' = 'one'): string {
  // why: ids have nine characters or more and a digit among them; SUPPORT and WEBTEAM are words.
  if (!/^[USW](?=[A-Z0-9]*\d)[A-Z0-9]{8,30}$/u.test(owner)) return escapedLine(owner, 80)
  if (!owner.startsWith('S')) return `<@${owner}>`
  return wakes === 'everybody' ? `<!subteam^${owner}>` : 'a user group'
}

/** A moment (ms) as "2021-07-10 03:14 UTC": the same for everybody and readable outside Slack. */
export function utc(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

/** A moment (ms) that Slack shows in each reader's own time zone; other clients see the UTC text. */
export function localTime(ms: number): string {
  return `<!date^${Math.floor(ms / 1000)}^{time}|${utc(ms)}>`
}

/** As `localTime`, with the day: "today at 3:14 AM" in the reader's own words; other clients see the UTC text. */
export function localDay(ms: number): string {
  return `<!date^${Math.floor(ms / 1000)}^{date_short_pretty} {time}|${utc(ms)}>`
}

/** Length of a message's blocks as they travel. */
export function weight(blocks: readonly object[]): number {
  return JSON.stringify(blocks).length
}

function scrub(text: string): string {
  // Control characters (but not line feeds and tabs) and halves of surrogate pairs grow sixfold in JSON.
  return text.replace(/(?![\n\t])\p{Cc}/gu, ' ').replace(/\p{Surrogate}/gu, '\uFFFD')
}

function cut(text: string, max: number, render: (kept: string) => string): string {
  const whole = render(text)
  if (whole.length <= max) return whole
  let kept = ''
  let length = 1
  for (const point of text) {
    length += render(point).length
    if (length > max) break
    kept += point
  }
  return `${render(kept.trimEnd())}…`
}
