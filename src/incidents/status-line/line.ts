/** What the bookmark says. Pure. */
import { line, readable } from '../../mrkdwn.js'
import type { Bookmark } from '../../ports/bookmarks.js'
import type { Incident } from '../incident.js'

const MARK = 'Mayday: '
const ONE_MAX = 60
const TITLE_MAX = 120

/** Names every open emergency as far as there is room, newest first. Plain text. */
export function lineFor(open: readonly Incident[]): string {
  const count = open.length === 1 ? '1 emergency is open' : `${open.length} emergencies are open`
  const named = open.map((incident) => `#${incident.id} ${line(readable(incident.text), ONE_MAX)}`)
  return line(`${MARK}${count}: ${named.join(', ')}`, TITLE_MAX)
}

/**
 * Is it the one that Mayday made? By its words and its address together: Slack tells a bot neither who made a bookmark nor,
 * after an answer that got lost, what became of its own.
 */
export function isOurs({ title, link }: Bookmark, channel: string): boolean {
  return /^Mayday: \d+ emergenc(?:y is|ies are) open: #\d+ /u.test(title) && link.includes(`/archives/${channel}/p`)
}
