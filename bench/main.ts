/** `npm run bench [name…] [-- --notifications N --cache N --only TEXT]`: JSON on stdout, the same for people on stderr. */
import { cpus, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { build } from './ground.js'
import { paging } from './paging.js'
import { purge } from './purge/purge.js'
import { start } from './start.js'

const { values, positionals: asked } = parseArgs({
  allowPositionals: true,
  options: {
    notifications: { type: 'string', default: '1200000' },
    cache: { type: 'string', default: '4000000' },
    only: { type: 'string', default: '' },
  },
})
const size = { notifications: Number(values.notifications), cacheKeys: Number(values.cache), only: values.only }

type Bench = (say: (line: string) => void) => Promise<object>
const BENCHES: Readonly<Record<string, Bench>> = { paging, start, purge: (say) => purge(size, say) }
/** A purge of the whole night is measured some twenty times. */
const WITHIN_MINUTES: Readonly<Record<string, number>> = { purge: 60 }

const unknown = asked.filter((name) => BENCHES[name] === undefined)
if (unknown.length > 0) {
  process.stderr.write(`bench: no ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}\n`)
  process.exit(2)
}

build()
const results: Record<string, object> = {}
for (const [name, run] of Object.entries(BENCHES)) {
  if (asked.length > 0 && !asked.includes(name)) continue
  process.stderr.write(`${name}\n`)
  const minutes = WITHIN_MINUTES[name] ?? 5
  const limit = setTimeout(() => {
    process.stderr.write(`bench: ${name} took longer than ${minutes} minutes and was stopped\n`)
    process.exit(1)
  }, minutes * 60_000)
  results[name] = await run((line) => process.stderr.write(`  ${line}\n`))
  clearTimeout(limit)
}
const machine = { node: process.version, cpus: cpus().length, memoryMb: Math.round(totalmem() / 2 ** 20) }
process.stdout.write(`${JSON.stringify({ machine, ...results }, null, 2)}\n`)
process.exit(0)
