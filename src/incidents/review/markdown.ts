/**
 * Words of people in Markdown, all of them and as themselves: nothing that somebody wrote becomes a heading, a link, an
 * image, HTML or a table. Pure. Every text stays on one line of the document, so that no block can begin in it.
 */
import { readable } from '../../mrkdwn.js'
import type { Actor } from '../incident.js'
import type { Teller } from '../timeline/tell.js'

/** Names of people by actor; who is not in it is shown by id. */
export type Names = ReadonlyMap<Actor, string>

/** Plain words. Line breaks become `<br>`, the only HTML in the document. */
export function safe(words: string): string {
  return visible(words)
    .trim()
    .replace(/[\\`*[\]|~$]/gu, '\\$&')
    .replace(/&(?=#?\w+;)/gu, '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\\_')
    .replace(/\n/gu, '<br>')
}

/** Control characters would vanish, and marks of direction would show words in another order than they stand in. */
function visible(words: string): string {
  return words
    .replace(/\r\n?/gu, '\n')
    .replace(/(?!\n)\p{Cc}/gu, ' ')
    .replace(/\p{Surrogate}/gu, '\uFFFD')
    .replace(/[\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu, (mark) => {
      return `[U+${(mark.codePointAt(0) ?? 0).toString(16).toUpperCase()}]`
    })
}

/** What Slack delivered (mrkdwn), with people by name. */
export function said(mrkdwn: string, names: Names): string {
  const named = mrkdwn.replace(/<@([UW][A-Z0-9]+)(?:\|[^>]*)?>/gu, (_all, id: string) => {
    const name = (names.get(`slack:${id}`) ?? id).replaceAll('&', '&amp;').replaceAll('<', '&lt;')
    return `<@${id}|${name.replaceAll('>', '&gt;')}>`
  })
  return safe(readable(named))
}

/** The ids that are mentioned in a text. */
export function mentionsIn(mrkdwn: string): readonly Actor[] {
  return [...mrkdwn.matchAll(/<@([UW][A-Z0-9]+)(?:\|[^>]*)?>/gu)].map(([, id = '']): Actor => `slack:${id}`)
}

/** A link, or the words alone where the address is none that a reader may be sent to. */
export function link(words: string, url: string | undefined): string {
  if (url === undefined || !/^https?:\/\//iu.test(url)) return safe(words)
  // why: the address ends at a blank or a bracket.
  return `[${safe(words)}](${url.replace(/[\s()<>"\\]/gu, (one) => encodeURIComponent(one).replace('(', '%28').replace(')', '%29'))})`
}

/** Speaks for the review's document. */
export function markdownTeller(names: Names): Teller {
  return {
    name: (actor) => safe(nameOf(actor, names)),
    said: (mrkdwn) => said(mrkdwn, names),
    text: safe,
    when: momentOf,
  }
}

/** "Alex Rivera", "root (at a terminal)", "Kim Osei (in PagerDuty)"; "Mayday" for itself. */
export function nameOf(actor: Actor, names: Names): string {
  const known = names.get(actor)
  if (known !== undefined) return known
  const [from = '', ...rest] = actor.split(':')
  const name = rest.join(':')
  switch (from) {
    case 'terminal':
      return `${name} (at a terminal)`
    case 'pagerduty':
      return `${name} (in PagerDuty)`
    case 'alert':
      return `${name} (alert)`
    default:
      return name === '' ? 'Mayday' : name
  }
}

/** A moment (ms) as "2021-07-07 03:14:05", in UTC. */
export function momentOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ')
}

/** A table; cells are Markdown already. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [row(head), row(head.map(() => '---')), ...rows.map(row)]
}
