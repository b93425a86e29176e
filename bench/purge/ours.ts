import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BOT, ROOT } from '../ground.js'
import { pinned } from './server.js'

/** What a purge says of itself with `--json`, as far as it is measured here. */
interface Said {
  readonly purge: number
  readonly digest: string
  readonly count: number
  readonly state: string
  readonly progress: { readonly removed: number; readonly archiveBytes: number; readonly addedMs: number }
  readonly verification?: { readonly remaining: number }
  readonly undo?: { readonly restored: number }
}

/** The shipped terminal against one server, with a store and archives of its own. */
export interface Mayday {
  count(): Promise<number>
  plan(archive: boolean): Promise<Said>
  run(plan: Said): Promise<Said>
  undo(id: number): Promise<Said>
  /** `rpush`: nothing is sent from here on, or again. */
  hold(): Promise<void>
  release(): Promise<void>
  /** Most resident memory of the last command, MB. */
  peakMb(): number
  close(): Promise<void>
}

export async function openMayday(port: number, layout: 'rpush' | 'keys', budgetMs: number): Promise<Mayday> {
  const dir = await mkdtemp(join(tmpdir(), 'mayday-bench-purge-'))
  const config = join(dir, 'mayday.yml')
  await writeFile(
    config,
    `purge:\n  push: { layout: ${layout}, pattern: "rpush:notifications:*", latency_budget: ${budgetMs}ms }\n`,
  )
  let peak = 0
  const call = async (...words: string[]): Promise<unknown> => {
    const [name, ...args] = pinned(1, [process.execPath, BOT[0] ?? '', ...words, '--json'])
    const child = spawn(name, args, {
      env: {
        PATH: process.env['PATH'] ?? '',
        NOTIFICATIONS_REDIS_URL: `redis://127.0.0.1:${port}`,
        PAGERDUTY_ROUTING_KEY: '0'.repeat(32),
        MAYDAY_DATA_DIR: join(dir, 'data'),
        MAYDAY_CONFIG: config,
        CHECKLISTS_DIR: join(ROOT, 'checklists'),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let [out, err] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString()
    })
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString()
    })
    peak = 0
    const look = async (): Promise<void> => {
      const text = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '')
      peak = Math.max(peak, Number(/^VmHWM:\s+(\d+)/mu.exec(text)?.[1] ?? 0) / 1024)
    }
    const watch = setInterval(() => void look(), 100)
    const [code] = await once(child, 'exit')
    clearInterval(watch)
    if (code !== 0)
      throw new TypeError(`mayday ${words.join(' ')} ended with ${code}: ${out.slice(-600)} ${err.slice(-600)}`)
    return JSON.parse(out)
  }
  return {
    count: async () => Number(((await call('purge', 'count', 'push')) as { readonly count: number }).count),
    plan: async (archive) => {
      const said = (await call('purge', 'plan', 'push', ...(archive ? [] : ['--no-archive']))) as Said & {
        plan: { count: number }
      }
      return { ...said, count: said.plan.count }
    },
    run: async ({ purge, digest }) => (await call('purge', 'run', String(purge), '--yes', '--digest', digest)) as Said,
    undo: async (id) => (await call('purge', 'undo', String(id))) as Said,
    hold: async () => void (await call('purge', 'hold', 'push')),
    release: async () => void (await call('purge', 'release', 'push')),
    peakMb: () => Math.round(peak),
    close: () => rm(dir, { recursive: true, force: true }),
  }
}
