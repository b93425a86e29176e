/** `mayday switch`: turns things off and on from here, for when Slack itself is the outage. */
import { MaydayError } from '../errors.js'
import { listed } from '../switches/commands.js'
import { unknown } from '../switches/words.js'
import { bare } from './incident-words.js'
import { type Call, type Command, type Exit, loadConfig, operator, quietWorld, withGround } from './io.js'
import { mustBeAllowed } from './purging.js'
import { type Desk, withSwitches } from './switching.js'

const USAGE = 'mayday switch [NAME off|on]'

export const switchCommand: Command = {
  usage: 'switch [NAME off|on]',
  help: 'turn something off while you think, or on again; alone: how all of them stand',
  flags: {},
  run: async (call) => {
    const [name, wanted, ...more] = call.positionals
    if (more.length > 0 || (name !== undefined && wanted !== 'off' && wanted !== 'on')) {
      throw new MaydayError('USAGE', { what: 'Say which, and off or on; nothing was done.', hint: USAGE })
    }
    const config = loadConfig(call.io, { slackless: true })
    const asking = { by: operator() }
    if (name !== undefined) mustBeAllowed({ config, asking }, 'turn switches')
    return withGround(config, (ground) =>
      withSwitches(config, quietWorld(config), ground, async (desk) => {
        if (name === undefined || (wanted !== 'off' && wanted !== 'on')) return list(call, desk)
        const [newest] = await ground.store.incidents.open()
        const incident = newest === undefined ? {} : { incident: newest.id }
        return turn(call, desk, { name, wanted, asking: { ...asking, ...incident } })
      }),
    )
  },
}

async function list({ io, json }: Call, { switches }: Desk): Promise<Exit> {
  const standing = await switches.list()
  if (json) {
    const rows = standing.map(({ name, about, state, detail, record }) => {
      const { by, since } = record.seen?.state === state ? (record.seen ?? {}) : {}
      return { name, about, state: state ?? 'unknown', detail, by, since }
    })
    io.out(JSON.stringify({ switches: rows }))
  } else if (standing.length === 0) io.out('No switches are set up (switches in mayday.yml).')
  else for (const one of standing) io.out(bare(listed(one)))
  return standing.every((one) => one.state !== undefined) ? 0 : 1
}

interface Turn {
  readonly name: string
  readonly wanted: 'off' | 'on'
  readonly asking: Parameters<Desk['switches']['flip']>[2]
}

async function turn({ io, json }: Call, { switches }: Desk, { name, wanted, asking }: Turn): Promise<Exit> {
  if (!switches.names.includes(name)) {
    throw new MaydayError('SWITCH_UNKNOWN', { what: bare(unknown(name, switches.names)) })
  }
  const { kind, text } = await switches.flip(name, wanted, asking)
  io.out(json ? JSON.stringify({ name, wanted, result: kind, text: bare(text) }) : bare(text))
  return kind === 'done' || kind === 'already' ? 0 : 1
}
