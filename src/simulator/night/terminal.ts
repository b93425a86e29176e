import { spawn } from 'node:child_process'
import { childEnv } from './bot.js'
import { NightError } from './error.js'

/** What a command of the bot's said, for whoever typed it. */
export interface Typed {
  readonly status: number | null
  readonly lines: readonly string[]
}

/** A command that has not ended by then is ended, ms. */
const LIMIT_MS = 40_000

/**
 * The bot's own commands, typed in a terminal on the machine on which it runs. `start`: how the bot itself is started; its
 * last word is the command.
 */
export function createTerminal(
  start: { readonly command: string; readonly args: readonly string[] },
  o: { readonly env: Readonly<Record<string, string>>; readonly cwd: string; readonly signal: AbortSignal },
): (words: readonly string[]) => Promise<Typed> {
  return (words) =>
    new Promise((resolve, reject) => {
      const signal = AbortSignal.any([o.signal, AbortSignal.timeout(LIMIT_MS)])
      const child = spawn(start.command, [...start.args.slice(0, -1), ...words], {
        ...{ cwd: o.cwd, env: childEnv(o.env), stdio: ['ignore', 'pipe', 'pipe'], signal },
        killSignal: 'SIGKILL',
      })
      let told = ''
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk: Buffer) => {
          told += chunk.toString('utf8')
        })
      child.once('error', (error) =>
        reject(new NightError(`mayday ${words.join(' ')} can be typed and ends`, error.message)),
      )
      child.once('close', (status) => resolve({ status, lines: told.split('\n').filter((line) => line.trim() !== '') }))
    })
}
