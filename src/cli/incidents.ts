/** `mayday incidents`: what is open, what was lately, and how far the pages are. */
import { type Incident, isOpen, type Page } from '../incidents/incident.js'
import { line, readable, span, utc } from '../mrkdwn.js'
import type { Store } from '../ports.js'
import { type Command, loadConfig, quietWorld, withGround } from './io.js'

export const incidents: Command = {
  usage: 'incidents',
  help: 'open and recent emergencies and how far their pages are',
  flags: {},
  run: async ({ io, json }) => {
    const config = loadConfig(io, { slackless: true })
    const now = quietWorld(config).clock.now()
    const rows = await withGround(config, ({ store }) => readRows(store))
    if (json) io.out(JSON.stringify({ incidents: rows.map(plain) }))
    else for (const words of lines(rows, now)) io.out(words)
    return 0
  },
}

interface Row {
  readonly incident: Incident
  readonly pages: readonly Page[]
}

const RECENT = 10

async function readRows(store: Store): Promise<readonly Row[]> {
  const open = await store.incidents.open()
  const closed = (await store.incidents.recent(RECENT)).filter((one) => !open.some((other) => other.id === one.id))
  return Promise.all(
    [...open, ...closed].map(async (incident) => ({ incident, pages: await store.pages.ofIncident(incident.id) })),
  )
}

function lines(rows: readonly Row[], now: number): readonly string[] {
  const open = rows.filter(({ incident }) => isOpen(incident))
  const closed = rows.filter(({ incident }) => !isOpen(incident))
  return [
    open.length === 0 ? 'No emergency is open.' : `${open.length} open:`,
    ...open.flatMap((row) => block(row, now)),
    ...(closed.length === 0 ? [] : ['Closed lately:']),
    ...closed.flatMap((row) => block(row, now)),
  ]
}

function block({ incident, pages }: Row, now: number): readonly string[] {
  const when = isOpen(incident) ? `${span(now - incident.declaredAt)} old` : utc(incident.declaredAt)
  const head = `  #${incident.id}  ${stateOf(incident)}, ${when}: ${line(readable(incident.text), 100)}`
  return [head, ...pages.map((page) => `      ${pageLine(page)}`)]
}

function stateOf(incident: Incident): string {
  if (incident.state === 'declared') return 'nobody has taken it'
  if (!isOpen(incident)) return incident.falseAlarm === true ? 'false alarm' : 'resolved'
  return `${name(incident.acknowledgedBy)} is on it`
}

function pageLine(page: Page): string {
  const team = page.team === undefined ? 'page' : `page to team ${page.team}`
  const whom = page.pager === undefined ? '' : `, PagerDuty: ${page.pager.assignees.join(', ')} ${page.pager.url}`
  const why = page.failure === undefined ? '' : ` (${line(page.failure.because, 100)})`
  return `${team}: ${page.state.replace('_', ' ')}${why}${line(whom, 200)}`
}

/** A Slack user is known by id alone here: Slack may be the outage. */
function name(actor: string | undefined): string {
  return actor === undefined ? 'somebody' : line(actor.replace(/^(slack|pagerduty|terminal):/u, ''), 80)
}

function plain({ incident, pages }: Row) {
  const short = pages.map(({ id, team, state, dedupKey, requestedAt, acceptedAt, confirmedAt, pager, failure }) => ({
    ...{ id, team, state, dedupKey, requestedAt, acceptedAt, confirmedAt, pager, failure },
  }))
  return { ...incident, pages: short }
}
