import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/** A process that is measured. It ends with this one, whatever happens. */
export interface Child {
  readonly port: number
  /** From the spawn to the first 200 of `/readyz`, ms. */
  readonly readyAfterMs: number
  /** Resident memory now, MB; undefined where the system does not say. */
  rss(): number | undefined
  stop(): Promise<void>
}

const READY_WITHIN_MS = 30_000
const children = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

/** Starts `node ...args` and waits until `GET /readyz` on its `PORT` is 200. Throws with its last words when it is not. */
export async function startChild(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Child> {
  const port = await freePort()
  const began = performance.now()
  const child = spawn(process.execPath, args, {
    // The runner's own settings must not change what is measured.
    env: { PATH: process.env['PATH'] ?? '', ...env, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.add(child)
  const exited = once(child, 'exit').then(() => children.delete(child))
  const lastWords = listen(child)
  while (!(await isReady(port))) {
    if (!children.has(child) || performance.now() - began > READY_WITHIN_MS) {
      child.kill('SIGKILL')
      throw new TypeError(`node ${args.join(' ')} did not become ready:\n${lastWords()}`)
    }
    await pause(10)
  }
  const readyAfterMs = performance.now() - began
  return {
    port,
    readyAfterMs,
    rss: () => rssOf(child.pid),
    stop: async () => {
      child.kill('SIGTERM')
      await Promise.race([exited, pause(12_000, undefined, { ref: false })])
      child.kill('SIGKILL')
    },
  }
}

function listen(child: ChildProcess): () => string {
  let text = ''
  const keep = (chunk: Buffer): void => {
    text = `${text}${chunk.toString('utf8')}`.slice(-4_000)
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  return () => text
}

async function isReady(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/readyz`)).status === 200
  } catch {
    return false
  }
}

function rssOf(pid: number | undefined): number | undefined {
  try {
    const kb = /^VmRSS:\s+(\d+) kB/mu.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kb === undefined ? undefined : Number(kb) / 1024
  } catch {
    return undefined
  }
}

/** A port below the range from which the system takes ports for outgoing connections: those could take it meanwhile. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    const server = createServer()
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false))
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
    })
    if (isFree) return port
  }
}
