/**
 * A real Postgres for tests: a cluster of its own in a temporary directory, on a free loopback port, gone when the
 * tests are. Its log is part of every failure to start.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'

export interface TestPostgres {
  /** Address of the database that every cluster has; tests make their own with `database`. */
  readonly url: string
  /** Makes a new, empty database and answers its address. */
  database(): Promise<string>
  /** Ends the server at once, as a crash does. */
  kill(): Promise<void>
  /** Starts it again on the same port and data; stops it before where it runs. */
  restart(): Promise<void>
  /** Ends the server and removes every trace. */
  stop(): Promise<void>
}

const APT = '/usr/bin/apt-get'

interface Account {
  readonly uid?: number
  readonly gid?: number
}

// Ends the server when it is told to, and also when the test run is gone, however that ended: then the pipe on its
// input closes without a word, and the files go too.
const KEEPER = `
"$1/postgres" -D "$2" >"$2.log" 2>&1 </dev/null &
server=$!
read -r word || word=gone
kill -QUIT "$server" 2>/dev/null
wait "$server"
if [ "$word" = gone ]; then cd / && rm -rf "$3"; fi
`

export async function startPostgres(): Promise<TestPostgres> {
  const bin = findBinaries() ?? installBinaries()
  const account = serverAccount()
  const home = mkdtempSync(join(tmpdir(), 'mayday-postgres-'))
  if (account.uid !== undefined && account.gid !== undefined) chownSync(home, account.uid, account.gid)
  const data = join(home, 'data')
  const port = await freePort()
  const url = `postgres://mayday@127.0.0.1:${port}/postgres`
  initialise(bin, account, data, port)
  let keeper: ChildProcess | undefined
  let databases = 0

  async function end(): Promise<void> {
    const ended = keeper
    keeper = undefined
    if (!ended || ended.exitCode !== null) return
    const exited = once(ended, 'exit')
    ended.stdin?.end('stop\n')
    await exited
  }
  async function start(): Promise<void> {
    keeper = spawn('sh', ['-c', KEEPER, 'keeper', bin, data, home], {
      ...account,
      cwd: home,
      // Ctrl-C in the terminal ends the tests first and then, through them, the server.
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    await untilReady(url, `${data}.log`)
  }

  const server: TestPostgres = {
    url,
    async database() {
      databases += 1
      const name = `mayday_${databases}`
      const client = new pg.Client(url)
      await client.connect()
      await client.query(`create database ${name}`)
      await client.end()
      return url.replace(/postgres$/, name)
    },
    kill: end,
    async restart() {
      await end()
      await start()
    },
    async stop() {
      await end()
      rmSync(home, { recursive: true, force: true })
    },
  }
  try {
    await start()
  } catch (error) {
    await server.stop()
    throw error
  }
  return server
}

/** Directory that holds `postgres` and `initdb`. */
function findBinaries(): string | undefined {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : []
  const places = [
    ...(process.env['PATH'] ?? '').split(delimiter),
    ...versions.map((version) => join(debian, version, 'bin')),
  ]
  return places.find((place) => existsSync(join(place, 'postgres')) && existsSync(join(place, 'initdb')))
}

function installBinaries(): string {
  if (process.getuid?.() !== 0 || !existsSync(APT)) {
    throw new Error('These tests need Postgres: install it, so that `postgres` and `initdb` are on PATH.')
  }
  process.stderr.write('No Postgres on this machine: installing Debian’s postgresql with apt-get for the tests.\n')
  // Debian would start a server of its own on port 5432; nobody asked for one.
  const settings = '/etc/postgresql-common/createcluster.conf'
  if (!existsSync(settings)) {
    mkdirSync('/etc/postgresql-common', { recursive: true })
    writeFileSync(
      settings,
      '# Written by the tests of Mayday before they installed Postgres.\ncreate_main_cluster = false\n',
    )
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const wait = ['-o', 'DPkg::Lock::Timeout=120']
  for (const command of [['update'], ['install', '-y', '--no-install-recommends', 'postgresql']]) {
    const { status, stderr } = spawnSync(APT, ['-q', ...wait, ...command], { env, encoding: 'utf8' })
    if (status !== 0) throw new Error(`apt-get ${command[0]} failed, so there is no Postgres to test on: ${stderr}`)
  }
  const bin = findBinaries()
  if (!bin) throw new Error('apt-get installed postgresql, but `postgres` and `initdb` are nowhere to be found.')
  return bin
}

/** why: Postgres refuses to run as root. */
function serverAccount(): Account {
  if (process.getuid?.() !== 0) return {}
  const entries = readFileSync('/etc/passwd', 'utf8').split('\n')
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = entries.find((entry) => entry.startsWith(`${name}:`))?.split(':') ?? []
    if (uid && gid) return { uid: Number(uid), gid: Number(gid) }
  }
  throw new Error('Postgres cannot run as root, and this machine has neither a user `postgres` nor `nobody`.')
}

function initialise(bin: string, account: Account, data: string, port: number): void {
  const options = ['-D', data, '-U', 'mayday', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']
  execFileSync(join(bin, 'initdb'), options, { ...account, cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] })
  const settings = {
    listen_addresses: "'127.0.0.1'",
    port,
    unix_socket_directories: "''",
    fsync: 'off',
    max_connections: 60,
    shared_buffers: "'16MB'",
  }
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}\n`)
  writeFileSync(join(data, 'postgresql.auto.conf'), lines.join(''))
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const port = portOf(server)
  server.close()
  await once(server, 'close')
  return port
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server listens on no port.')
  return address.port
}

async function untilReady(url: string, log: string): Promise<void> {
  const deadline = Date.now() + 30_000
  for (;;) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 })
    client.on('error', () => undefined)
    try {
      await client.connect()
      await client.end()
      return
    } catch (error) {
      if (Date.now() > deadline) {
        const told = existsSync(log) ? readFileSync(log, 'utf8') : 'no log'
        throw new Error(`Postgres did not start within 30 s: ${told}`, { cause: error })
      }
      await sleep(50)
    }
  }
}

export interface Wire {
  readonly url: string
  /** From now on nothing passes and nobody hangs up, as when a cable is cut. */
  cut(): void
  mend(): void
  close(): Promise<void>
}

/** A second way to the same database that can be cut. */
export async function createWire(url: string): Promise<Wire> {
  const target = new URL(url)
  const { port, hostname } = target
  const sockets = new Set<Socket>()
  let whole = true
  const server = createServer((near) => {
    const far = connect(Number(port), hostname)
    for (const [from, to] of [[near, far] as const, [far, near] as const]) {
      sockets.add(from)
      from.on('error', () => to.destroy())
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
      from.on('data', (chunk) => {
        if (whole) to.write(chunk)
      })
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  target.port = String(portOf(server))
  return {
    url: target.href,
    cut: () => {
      whole = false
    },
    mend: () => {
      whole = true
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
