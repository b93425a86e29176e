/** `mayday incidents`: what is open, one of them in full, and all that Slack's buttons do, for when Slack is the outage. */
import { MaydayError } from '../errors.js'
import { type Incident, type IncidentId, isOpen, type Page } from '../incidents/incident.js'
import { line, readable, span, utc } from '../mrkdwn.js'
import type { Store } from '../ports.js'
import { change, readFollowups, readRoles } from './incident-acts.js'
import { showIncident } from './incident-show.js'
import { nameOf, pageLine, plainOf } from './incident-words.js'
import { type Call, type Command, type Exit, loadConfig, quietWorld, withGround } from './io.js'
import { waitOf } from './wait.js'

/** Undefined: these words are not known after it. `rest`: what follows the number. */
type Act = (call: Call, id: IncidentId, rest: readonly string[]) => Promise<Exit> | undefined

const ACTS: Readonly<Record<string, Act>> = {
  show: (call, id, rest) => (rest.length === 0 ? showIncident(call, id) : undefined),
  ack: (call, id, rest) => (rest.length === 0 ? change(call, id, { do: 'ack', waitMs: waitFrom(call) }) : undefined),
  resolve: (call, id, rest) =>
    rest.length === 0
      ? change(call, id, { do: 'resolve', falseAlarm: call.flags['false-alarm'] === true, waitMs: waitFrom(call) })
      : undefined,
  severity: (call, id, [said, ...more]) =>
    said === undefined || more.length > 0 ? undefined : change(call, id, { do: 'severity', said }),
  mitigated: (call, id, rest) => withOff(rest, 0, (over) => change(call, id, { do: 'mitigated', over })),
  role: (call, id, rest) => {
    const [role = ''] = rest
    if (role === '') return readRoles(call, id)
    return withOff(rest, 1, (mine) => change(call, id, { do: 'role', said: role, mine }))
  },
  note: (call, id, rest) => withText(rest, (text) => change(call, id, { do: 'note', text })),
  impact: (call, id, rest) => withText(rest, (text) => change(call, id, { do: 'impact', text })),
  followup: (call, id, rest) => {
    const [owner = '', day = '', ...words] = rest
    if (owner === '') return readFollowups(call, id)
    if (owner.toLowerCase() === 'done' && words.length === 0)
      return change(call, id, { do: 'followup_done', said: day })
    return withText(words, (text) => change(call, id, { do: 'followup', owner, day, text }))
  },
}

export const incidents: Command = {
  usage: 'incidents [list|show|ack|resolve|severity|mitigated|role|impact|followup|note NUMBER …]',
  help: 'open and recent emergencies and how far their pages are; one in full; work on it without Slack',
  flags: {
    'false-alarm': { type: 'boolean', about: 'resolve: there was nothing' },
    wait: { type: 'string', about: 'ack, resolve: how long to wait for PagerDuty (1s to 15m, default 20s)' },
  },
  run: async (call) => {
    const [what = 'list', number, ...rest] = call.positionals
    if (what === 'list' && number === undefined) return list(call)
    const act = Object.hasOwn(ACTS, what) ? ACTS[what] : undefined
    if (act === undefined) throw usage(`"${line(call.positionals.join(' '), 80)}" is not known here`)
    const id = /^#?(\d{1,9})$/u.exec(number ?? '')?.[1]
    if (id === undefined) throw usage(`Say which emergency, by its number, behind ${what}`)
    const done = act(call, Number(id) as IncidentId, rest)
    if (done !== undefined) return done
    throw usage(`"${line(call.positionals.join(' '), 80)}" is not known here`)
  },
}

function usage(what: string): MaydayError {
  const hint = [
    'mayday incidents; incidents show|ack|resolve NUMBER; severity NUMBER 1-5; mitigated NUMBER [off];',
    'role NUMBER [commander|scribe [off]]; impact|note NUMBER TEXT; followup NUMBER [OWNER DATE TEXT|done N].',
  ].join('\n')
  return new MaydayError('USAGE', { what: `${what}; nothing was done.`, hint })
}

function waitFrom({ flags }: Call): number {
  return waitOf(flags['wait'], 20_000, 'nothing was done')
}

/** `act` is told true, or false where `off` stands behind the first `skip` words; undefined: something else stands there. */
function withOff(
  rest: readonly string[],
  skip: number,
  act: (on: boolean) => Promise<Exit>,
): Promise<Exit> | undefined {
  const [off, ...more] = rest.slice(skip)
  return more.length > 0 || (off !== undefined && off.toLowerCase() !== 'off') ? undefined : act(off === undefined)
}

function withText(words: readonly string[], act: (text: string) => Promise<Exit>): Promise<Exit> | undefined {
  const text = words.join(' ').trim()
  return text === '' ? undefined : act(text)
}

interface Row {
  readonly incident: Incident
  readonly pages: readonly Page[]
}

const RECENT = 10

async function list({ io, json }: Call): Promise<Exit> {
  const config = loadConfig(io, { slackless: true })
  const now = quietWorld(config).clock.now()
  const rows = await withGround(config, ({ store }) => readRows(store))
  if (json) io.out(JSON.stringify({ incidents: rows.map(({ incident, pages }) => plainOf(incident, pages)) }))
  else for (const words of lines(rows, now)) io.out(words)
  return 0
}

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
  if (!isOpen(incident)) return incident.falseAlarm === true ? 'false alarm' : 'resolved'
  const by = incident.acknowledgedBy
  const owner = by === undefined ? 'nobody has taken it' : `${nameOf(by)} is on it`
  return incident.state === 'mitigated' ? `mitigated, ${owner}` : owner
}
