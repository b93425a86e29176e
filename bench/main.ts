/** `npm run bench [name…]`: JSON on stdout, the same for people on stderr.. */
import { cpus, totalmem } from 'node:os'
import { build } from './ground.js'
import { paging } from './paging.js'
import { start } from './start.js'

const BENCHES: Readonly<Record<string, (say: (line: string) => void) => Promise<object>>> = { paging, start }
const WITHIN_MS = 5 * 60_000

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => BENCHES[name] === undefined)
if (unknown.length > 0) {
  process.stderr.write(`bench: no ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}\n`)
  process.exit(2)
}
setTimeout(() => {
  process.stderr.write('bench: it took longer than 5 minutes and was stopped\n')
  process.exit(1)
}, WITHIN_MS).unref()

build()
const results: Record<string, object> = {}
for (const [name, run] of Object.entries(BENCHES)) {
  if (asked.length > 0 && !asked.includes(name)) continue
  process.stderr.write(`${name}\n`)
  results[name] = await run((line) => process.stderr.write(`  ${line}\n`))
}
const machine = { node: process.version, cpus: cpus().length, memoryMb: Math.round(totalmem() / 2 ** 20) }
process.stdout.write(`${JSON.stringify({ machine, ...results }, null, 2)}\n`)
process.exit(0)
