import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { forbiddenImports } from './house/imports.js'
import { breaches, functionLines, isPure, LONG_LISTS } from './house/law.js'
import { nodesOf, readSources, sourceOf } from './house/read.js'

const ROOT = new URL('..', import.meta.url).href
const sources = readSources(ROOT, 'src')

describe('the house', () => {
  it('is read as a whole', () => {
    const kept = listedByGit('src')
    const read = new Set(sources.map((source) => source.path))
    expect(kept.filter((path) => !read.has(path))).toEqual([])
    expect(sources.length).toBeGreaterThan(150)
    expect(sources.filter(isPure).length).toBeGreaterThan(15)
    expect(sources.flatMap((source) => source.imports).length).toBeGreaterThan(500)
  })

  it('keeps its law of imports', () => {
    expect(sources.flatMap(forbiddenImports)).toEqual([])
  })

  it('keeps its bars', () => {
    expect(sources.flatMap(breaches)).toEqual([])
  })

  it('makes no exception that is not needed', () => {
    const longest = (path: string): number =>
      Math.max(...sources.filter((one) => one.path === path).flatMap(({ tree }) => nodesOf(tree).map(functionLines)))
    for (const [path, why] of LONG_LISTS) expect(longest(path), why).toBeGreaterThan(50)
  })
})

describe('the law of imports', () => {
  it.each([
    ['src/paging/a.ts', `import { x } from '../checklists/checklist.js'`],
    ['src/paging/a.ts', `import type { X } from '../checklists/checklist.js'`],
    ['src/paging/a.ts', `export { x } from '../incidents/card.js'`],
    ['src/paging/a.ts', `const x = await import('../incidents/card.js')`],
    ['src/paging/a.ts', `type X = import('../incidents/card.js').X`],
    ['src/paging/a.ts', `import { x } from '../app.js'`],
    ['src/paging/a.ts', `import { x } from '../adapters/system.js'`],
    ['src/paging/a.ts', `import { x } from '../config/config.js'`],
    ['src/paging/page/a.ts', `import '../../simulator/slack/wire.js'`],
    ['src/purge/a.ts', `import { x } from '../paging/pager.js'`],
    ['src/reactions.ts', `import { x } from './adapters/system.js'`],
    ['src/ports.ts', `import type { X } from './paging/pager.js'`],
    ['src/ports/a.ts', `import type { X } from '../config/config.js'`],
    ['src/errors.ts', `import { x } from './mrkdwn.js'`],
    ['src/config/a.ts', `import type { X } from '../ports.js'`],
    ['src/adapters/http.ts', `import { x } from '../app.js'`],
    ['src/adapters/slack/a.ts', `import { x } from '../../paging/trigger.js'`],
    ['src/adapters/slack/a.ts', `import { x } from '../../checklists/library/parse.js'`],
    ['src/adapters/world.ts', `import { x } from '../checklists/runs.js'`],
    ['src/adapters/world.ts', `import { x } from '../simulator/slack/simulator.js'`],
    ['src/cli/page.ts', `import { x } from '../simulator/slack/simulator.js'`],
    ['src/main.ts', `import { x } from './simulator/slack/simulator.js'`],
    ['src/simulator/night/a.ts', `import { x } from '../../errors.js'`],
    ['src/simulator/night/a.ts', `import type { X } from '../../ports.js'`],
    ['src/paging/pager.ts', `import type { App } from '@slack/bolt'`],
    ['src/paging/listeners.ts', `import { App } from '@slack/bolt'`],
    ['src/adapters/pagerduty/a.ts', `import type { App } from '@slack/bolt'`],
    ['src/paging/a.ts', `import { readFile } from 'node:fs/promises'`],
    ['src/mrkdwn.ts', `import { x } from 'node:crypto'`],
    ['src/paging/a.ts', `import type { Pool } from 'pg'`],
    ['src/checklists/a.ts', `import { WebClient } from '@slack/web-api'`],
    ['src/app.ts', `import { event } from '@pagerduty/pdjs'`],
    ['src/config/a.ts', `import { Redis } from 'ioredis'`],
    ['src/paging/a.ts', `const x = await import(name)`],
    ['src/paging/a.ts', `const x = require('pg')`],
  ])('forbids %s to say %s', (path, text) => {
    expect(forbiddenImports(sourceOf(path, text))).toHaveLength(1)
  })

  it.each([
    ['src/paging/a.ts', `import { x } from './page/next.js'`],
    ['src/paging/page/a.ts', `import { x } from '../../incidents/incident.js'`],
    ['src/purge/a.ts', `import { MaydayError } from '../errors.js'`],
    ['src/purge/a.ts', `import type { X } from '../ports/purges.js'`],
    ['src/paging/a.ts', `import { z } from 'zod'`],
    ['src/paging/listeners.ts', `import type { App } from '@slack/bolt'`],
    ['src/paging/listeners.ts', `import { type App } from '@slack/bolt'`],
    ['src/adapters/slack/bolt.ts', `import { App } from '@slack/bolt'`],
    ['src/adapters/world.ts', `import { x } from '../checklists/library/parse.js'`],
    ['src/cli/demo.ts', `import { x } from '../simulator/night/night.js'`],
    ['src/simulator/a.ts', `import { WebSocketServer } from 'ws'`],
    ['src/app.ts', `import { x } from './paging/pager.js'`],
  ])('allows %s to say %s', (path, text) => {
    expect(forbiddenImports(sourceOf(path, text))).toEqual([])
  })
})

describe('the bars', () => {
  const long = `function x() {\n${'  y()\n'.repeat(49)}}`
  it.each([
    ['says `any`', 'src/paging/a.ts', 'let x: any'],
    ['says `any`', 'src/paging/a.ts', 'const x = y as any'],
    ['says `any`', 'src/paging/a.ts', 'function x(y: Map<string, any>) {}'],
    ['asserts with `!`', 'src/paging/a.ts', 'const x = y!'],
    ['declares an enum', 'src/paging/a.ts', 'enum X { A }'],
    ['exports a default', 'src/paging/a.ts', 'export default 1'],
    ['exports a default', 'src/paging/a.ts', 'export default function x() {}'],
    ['exports a default', 'src/paging/a.ts', 'const x = 1\nexport { x as default }'],
    ['throws a bare Error', 'src/paging/a.ts', `throw new Error('x')`],
    ['throws a bare Error', 'src/paging/a.ts', `throw Error('x')`],
    ['touches process.env', 'src/cli/a.ts', 'const x = process.env'],
    ['touches process.env', 'src/cli/a.ts', `const x = process['env']`],
    ['touches process.exit', 'src/cli/a.ts', 'process.exit(1)'],
    ['has a function of 51 lines', 'src/simulator/a.ts', `${long}`],
    ['has a function of 51 lines', 'src/paging/a.ts', long.replace('function x()', 'const x = () =>')],
    ['has 301 lines', 'src/paging/a.ts', `const x = 1\n`.repeat(301)],
    ['is async', 'src/paging/trigger.ts', 'async function x() {}'],
    ['waits', 'src/paging/trigger.ts', 'const x = await y'],
    ['calls Date.now', 'src/paging/page/x.ts', 'const x = Date.now()'],
    ['calls Date.now', 'src/paging/page/x.ts', 'const x = Date.now'],
    ['reads the clock', 'src/paging/replies.ts', 'const x = new Date()'],
    ['reads the clock', 'src/paging/replies.ts', 'const x = Date()'],
    ['calls Math.random', 'src/incidents/card.ts', 'const x = Math.random()'],
    ['reaches for process', 'src/checklists/library/x.ts', 'const x = process.argv'],
    ['reaches for setTimeout', 'src/incidents/incident.ts', 'setTimeout(x, 1)'],
    ['calls Date.now', 'src/anything.ts', '/** Words. Pure. */\nconst x = Date.now()'],
    ['exported without a comment', 'src/paging/trigger.ts', 'export function x() {}'],
    ['exported without a comment', 'src/ports.ts', 'export interface X {}'],
    ['exported without a comment', 'src/ports/a.ts', 'export type X = 1'],
  ])('find what %s in %s', (what, path, text) => {
    expect(breaches(sourceOf(path, text))).toEqual([expect.stringContaining(what)])
  })

  it.each([
    ['src/main.ts', 'process.exit(process.env.X)'],
    ['src/simulator/a.ts', `throw new Error(process.env.X)`],
    ['src/paging/a.ts', `const any = 'any' // any, Error, enum`],
    ['src/paging/a.ts', 'switch (x) { default: y() }'],
    ['src/paging/a.ts', 'class X extends Error {}'],
    ['src/paging/a.ts', long.replace('  y()\n', '')],
    ['src/paging/a.ts', long.replace('  y()\n  y()\n', '  return () => {\n    z()\n  }\n')],
    ['src/paging/trigger.ts', 'const x = new Date(at)\nconst process = 1\nconst y = { fetch: 1, process: z.process }'],
    ['src/paging/trigger.ts', '/** Says. */\nexport function x() {}\nfunction y() {}'],
    ['src/paging/pager.ts', 'export async function x() { await y(Date.now()) }'],
  ])('let %s be (%#)', (path, text) => {
    expect(breaches(sourceOf(path, text))).toEqual([])
  })
})

/** Tracked files that are still there; none where there is no git, as on a machine that got a copy. */
function listedByGit(folder: string): readonly string[] {
  const list = (...more: readonly string[]): readonly string[] => {
    try {
      const text = execFileSync('git', ['ls-files', ...more, folder], {
        cwd: new URL(ROOT),
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      return text.split('\n').filter((path) => path.endsWith('.ts'))
    } catch {
      return []
    }
  }
  const gone = new Set(list('--deleted'))
  return list().filter((path) => !gone.has(path))
}
