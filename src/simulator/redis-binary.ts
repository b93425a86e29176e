/** Where a Redis server comes from: what the user names, what is on PATH, or Debian's own package. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { RedisServerError } from './redis-error.js'

const APT = '/usr/bin/apt-get'
const POLICY = '/usr/sbin/policy-rc.d'

/** Path of a server binary; installs one as root on a Debian-like machine, and says so in one line. */
export async function findRedis(say: (line: string) => void): Promise<string> {
  const told = process.env['MAYDAY_REDIS_BIN']
  if (told) {
    if (executable(told)) return told
    throw new RedisServerError(`MAYDAY_REDIS_BIN names ${told}, which is not a program that can be run.`)
  }
  const found = onPath()
  if (found) return found
  if (process.getuid?.() !== 0 || !existsSync(APT)) {
    throw new RedisServerError(
      'No Redis on this machine: install redis-server or valkey-server, or name a server binary in MAYDAY_REDIS_BIN.',
    )
  }
  say('No Redis on this machine: installing Debian’s redis-server with apt-get.')
  await install()
  const installed = onPath()
  if (!installed) throw new RedisServerError('apt-get installed redis-server, but it is not on PATH.')
  return installed
}

function onPath(): string | undefined {
  const places = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin', '/usr/local/bin'].filter(Boolean)
  const candidates = ['redis-server', 'valkey-server'].flatMap((name) => places.map((place) => join(place, name)))
  return candidates.find(executable)
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

async function install(): Promise<void> {
  // why: Debian starts a service of its own on port 6379 after an install, unless this file says no.
  const forbid = !existsSync(POLICY)
  if (forbid) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    await apt('update')
    await apt('install', '-y', '--no-install-recommends', 'redis-server')
  } finally {
    if (forbid) rmSync(POLICY, { force: true })
  }
  if (existsSync('/run/systemd/system')) await run('systemctl', ['disable', '--now', 'redis-server'])
}

async function apt(...command: string[]): Promise<void> {
  // why: without a network it would try for minutes.
  const patience = ['DPkg::Lock::Timeout=120', 'Acquire::Retries=1', 'Acquire::http::Timeout=15']
  const { status, told } = await run(APT, ['-q', ...patience.flatMap((one) => ['-o', one]), ...command])
  if (status === 0) return
  throw new RedisServerError(
    `apt-get ${command[0]} failed, so there is no Redis: ${told.trim().split('\n').slice(-2).join(' ')} Install redis-server or valkey-server, or name a server binary in MAYDAY_REDIS_BIN.`,
  )
}

async function run(command: string, args: string[]): Promise<{ status: number; told: string }> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const child = spawn(command, args, { env, stdio: ['ignore', 'ignore', 'pipe'] })
  let told = ''
  child.stderr.on('data', (chunk: Buffer) => {
    told = (told + chunk.toString()).slice(-4_000)
  })
  const [status] = await once(child, 'close')
  return { status: Number(status), told }
}
