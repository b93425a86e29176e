/**
 * A Redis of one's own on a free loopback port, in a temporary directory, without persistence. It ends when it is told
 * to, and also when the process that started it is gone, however that ended.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { findRedis } from './redis-binary.js'
import { RedisServerError } from './redis-error.js'
import { oneCommand } from './resp.js'

export interface RedisServer {
  readonly url: string
  readonly port: number
  readonly pid: number
  /** Ends it at once, as a crash or a power cut does. */
  kill(): Promise<void>
  /** Starts it again on the same port; saves first where it still runs, so that the keys are there afterwards. */
  restart(): Promise<void>
  /** From now on it holds every connection and answers none, until `resume`. */
  pause(): void
  resume(): void
  /** Ends it and removes every trace. */
  stop(): Promise<void>
}

export interface RedisServerOptions {
  /** Added to the command line, e.g. `['--maxmemory', '50mb']`. */
  readonly args?: readonly string[]
  /** Text of a configuration file that comes before `args`; a sentinel needs one. */
  readonly config?: string
  /** A free one unless given. */
  readonly port?: number
  /** Password that `restart` needs to save; `args` set it. */
  readonly password?: string
  /** Where one line goes when something has to be installed first; standard error unless given. */
  readonly say?: (line: string) => void
}

// The pipe on its input closes without a word when the starter is gone: then the server ends and its files go too.
const KEEPER = `
"$@" >"$HOME_OF_REDIS/log" 2>&1 </dev/null &
server=$!
echo "$server"
read -r word || word=gone
kill -CONT "$server" 2>/dev/null
kill -KILL "$server" 2>/dev/null
wait "$server" 2>/dev/null
if [ "$word" = gone ]; then cd / && rm -rf "$HOME_OF_REDIS"; fi
`

/** Starts a Redis and answers once it takes commands. Installs Debian's where there is none and that is possible. */
export async function startRedis(options: RedisServerOptions = {}): Promise<RedisServer> {
  const bin = await findRedis(options.say ?? ((line) => void process.stderr.write(`${line}\n`)))
  const home = mkdtempSync(join(tmpdir(), 'mayday-redis-'))
  const port = options.port ?? (await freePort())
  let running = await launch(bin, home, port, options).catch((error: unknown) => {
    rmSync(home, { recursive: true, force: true })
    throw error
  })
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    get pid() {
      return running.pid
    },
    kill: () => end(running.keeper),
    async restart() {
      // why: SAVE on a server that runs without save points writes the file that the next start reads.
      await oneCommand(port, options.password, 'SAVE').catch(() => undefined)
      await end(running.keeper)
      running = await launch(bin, home, port, options)
    },
    pause: () => void process.kill(running.pid, 'SIGSTOP'),
    resume: () => void process.kill(running.pid, 'SIGCONT'),
    async stop() {
      await end(running.keeper)
      rmSync(home, { recursive: true, force: true })
    },
  }
}

interface Running {
  readonly keeper: ChildProcess
  readonly pid: number
}

async function launch(bin: string, home: string, port: number, options: RedisServerOptions): Promise<Running> {
  const settings = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', home, '--save', '', '--daemonize', 'no']
  // why: a replica that joins is served at once; Redis would wait 5 s for others that might join as well.
  const quiet = ['--appendonly', 'no', '--protected-mode', 'no', '--repl-diskless-sync-delay', '0']
  const file = join(home, 'redis.conf')
  if (options.config !== undefined) writeFileSync(file, options.config)
  const first = options.config === undefined ? [] : [file]
  const keeper = spawn('sh', ['-c', KEEPER, 'keeper', bin, ...first, ...settings, ...quiet, ...(options.args ?? [])], {
    cwd: home,
    env: { ...process.env, HOME_OF_REDIS: home },
    // Ctrl-C in the terminal ends the starter first and then, through it, the server.
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  keeper.stdin?.on('error', () => undefined)
  const lines = createInterface({ input: keeper.stdout ?? process.stdin })
  const [pid] = await once(lines, 'line')
  lines.close()
  const running = { keeper, pid: Number(pid) }
  await untilReady(running, home, port).catch(async (error: unknown) => {
    await end(keeper)
    throw error
  })
  // A server must not keep its starter from ending.
  keeper.unref()
  return running
}

async function untilReady(running: Running, home: string, port: number): Promise<void> {
  const deadline = Date.now() + 30_000
  for (;;) {
    const answer = await oneCommand(port, undefined, 'PING').catch(() => '')
    // An error reply that asks for a password is an answer too; one that says LOADING is not ready yet.
    if (answer !== '' && !answer.startsWith('-LOADING') && !answer.startsWith('-MASTERDOWN')) return
    const log = existsSync(join(home, 'log')) ? readFileSync(join(home, 'log'), 'utf8') : ''
    if (!alive(running.pid) || Date.now() > deadline) {
      throw new RedisServerError(`Redis did not start on port ${port}: ${log.trim().split('\n').slice(-3).join(' · ')}`)
    }
    await sleep(20)
  }
}

/** why: a dead child of the keeper stays as a zombie until the keeper waits for it, and `kill 0` finds zombies. */
function alive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    try {
      process.kill(pid, 0)
      return !existsSync('/proc/self/status')
    } catch {
      return false
    }
  }
}

async function end(keeper: ChildProcess): Promise<void> {
  if (keeper.exitCode !== null || keeper.signalCode !== null) return
  keeper.ref()
  const exited = once(keeper, 'exit')
  keeper.stdin?.end('stop\n')
  await exited
}

/** A loopback port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new RedisServerError('No free port on loopback.')
  server.close()
  await once(server, 'close')
  return address.port
}
