/** The terminal's way in: each command stands once, with its help. */
import { parseArgs } from 'node:util'
import { describe, MaydayError } from '../errors.js'
import type { Command, Exit, Io } from './io.js'

/** Each is loaded when it is asked for: the bot starts without the simulators, `page` without the parts of Slack. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => (await import('./start.js')).start,
  demo: async () => (await import('./demo.js')).demo,
  doctor: async () => (await import('./doctor.js')).doctor,
  page: async () => (await import('./page.js')).page,
  oncall: async () => (await import('./oncall.js')).onCall,
  incidents: async () => (await import('./incidents.js')).incidents,
  retro: async () => (await import('./retro.js')).retro,
  checklist: async () => (await import('./checklist.js')).checklist,
  docs: async () => (await import('./docs.js')).docs,
  switch: async () => (await import('./switch.js')).switchCommand,
  purge: async () => (await import('./purge.js')).purge,
  jobs: async () => (await import('./jobs.js')).jobs,
}

/** What can stand after `mayday`. */
export function commandNames(): readonly string[] {
  return Object.keys(COMMANDS)
}

/** Runs one command line (without node and script). Never throws: failures are told and become the exit status. */
export async function runCli(argv: readonly string[], io: Io): Promise<Exit> {
  const [name, ...rest] = argv
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    io.out(await overview())
    return name === undefined ? 2 : 0
  }
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (load === undefined)
    return fail(
      io,
      false,
      new MaydayError('USAGE', {
        what: `There is no command "${name}"; nothing was done.`,
        hint: 'See mayday --help.',
      }),
    )
  return runCommand(name, await load(), rest, io)
}

async function runCommand(name: string, command: Command, argv: readonly string[], io: Io): Promise<Exit> {
  const json = argv.includes('--json')
  try {
    const options = Object.fromEntries(Object.entries(command.flags).map(([flag, { type }]) => [flag, { type }]))
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: { ...options, json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
    })
    if (values.help === true) {
      io.out(helpOf(command))
      return 0
    }
    return await command.run({ io, json, positionals, flags: values })
  } catch (error) {
    const usage = error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
    return fail(
      io,
      json,
      usage ? new MaydayError('USAGE', { what: error.message, hint: `See mayday ${name} --help.` }) : error,
    )
  }
}

function fail(io: Io, json: boolean, error: unknown): Exit {
  if (json) {
    const known =
      error instanceof MaydayError
        ? { code: error.code, message: error.message, hint: error.hint }
        : { code: 'BUG', message: describe(error) }
    io.out(JSON.stringify({ error: known }))
  } else if (error instanceof MaydayError) {
    io.err(`mayday: ${error.message}`)
    if (error.hint !== '') io.err(error.hint)
  } else {
    io.err(`mayday: ${describe(error)}`)
  }
  return error instanceof MaydayError &&
    (error.code === 'USAGE' || error.code === 'CONFIG_INVALID' || error.code === 'CHECKLIST_INVALID')
    ? 2
    : 1
}

async function overview(): Promise<string> {
  const commands = await Promise.all(Object.values(COMMANDS).map((load) => load()))
  const width = Math.max(...commands.map((command) => command.usage.length))
  const rows = commands.map((command) => `  mayday ${command.usage.padEnd(width)}  ${command.help}`)
  return [
    'Mayday: a message in the emergency channel pages the on-call.',
    '',
    ...rows,
    '',
    'Every command has --help and --json. Exit status: 0 done, 1 failed, 2 wrong usage or configuration.',
  ].join('\n')
}

function helpOf(command: Command): string {
  const flags = Object.entries(command.flags).map(
    ([flag, { type, about }]) => `  --${flag}${type === 'string' ? ' …' : ''}  ${about}`,
  )
  return [`mayday ${command.usage}`, `  ${command.help}`, ...(flags.length === 0 ? [] : ['', ...flags])].join('\n')
}
