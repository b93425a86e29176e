/** What is said about alerts and issues of other machines, in one place. Pure. */
import { span } from '../mrkdwn.js'

/** Alerts beyond this many are counted. */
const LINES_MAX = 5

/** One alert a line. Not escaped. */
export function told(source: string, lines: readonly string[]): string {
  const shown = lines.slice(0, LINES_MAX)
  const more = lines.length - shown.length
  return [`${source}: ${shown.join('\n')}`, ...(more === 0 ? [] : [`… and ${more} more`])].join('\n')
}

/** An alert whose form nobody knows. */
export function unknownForm(text: string): string {
  return `an alert of a form that Mayday does not know: ${text}`
}

/** A labelled issue. Not escaped. */
export function issue(repository: string, number: number, title: string, url: string): string {
  return `${repository}#${number}: ${title} ${url}`
}

/** Nobody of the team has answered a labelled issue. Not escaped. */
export function unanswered(words: string, waitedMs: number): string {
  return `No member of the team has answered this issue for ${span(waitedMs)}: ${words}`
}

/** What follows from it. */
export const NOT_PAGED = 'Nobody is paged for it.'
