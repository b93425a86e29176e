/**
 * The application beside the purge, a process of its own: `foreground.ts PORT OPS_PER_SECOND`. An open loop: commands leave
 * when they are due, whether or not earlier ones were answered. A line on its input says what to do: `begin`, `end`.
 * A latency is counted from when its bytes were handed to the system, which the loop does within the millisecond that it
 * wakes up in; how late this process itself wakes up is no latency of the server's and is told apart.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { FOREGROUND_KEYS, FOREGROUND_VALUE } from './foreground-keys.js'

const CONNECTIONS = 8

const port = Number(process.argv[2])
const perSecond = Number(process.argv[3])

interface Line {
  readonly socket: Socket
  readonly sentAt: number[]
}

let latencies: number[] = []
let isMeasuring = false

function lineAfter(chunk: Buffer, at: number): number {
  const end = chunk.indexOf(0x0a, at)
  return end < 0 ? chunk.length : end + 1
}

async function open(): Promise<Line> {
  const socket = connect(port, '127.0.0.1')
  socket.setNoDelay(true)
  await once(socket, 'connect')
  const sentAt: number[] = []
  // GET answers `$100\r\n…\r\n`, SET answers `+OK\r\n`: a `$` line is followed by its body, which begins with an f.
  socket.on('data', (chunk: Buffer) => {
    const now = performance.now()
    for (let at = 0; at < chunk.length; at = lineAfter(chunk, at)) {
      const first = chunk[at]
      if (first !== 0x24 && first !== 0x2b && first !== 0x2d) continue
      const since = sentAt.shift()
      if (since !== undefined && isMeasuring) latencies.push(now - since)
    }
  })
  socket.on('error', () => process.exit(1))
  socket.on('close', () => process.exit(0))
  return { socket, sentAt }
}

const commands = Array.from({ length: FOREGROUND_KEYS }, (_, index) => {
  const key = `foreground:${index}`
  const isWrite = index % 4 === 0
  const words = isWrite ? ['SET', key, FOREGROUND_VALUE] : ['GET', key]
  return Buffer.from(`*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`)
})

const lines = await Promise.all(Array.from({ length: CONNECTIONS }, open))
let begun = performance.now()
let sent = 0
let drawn = 1

function next(): number {
  drawn = (Math.imul(drawn, 1_103_515_245) + 12_345) >>> 0
  return drawn >>> 8
}

/** All that is due leaves on one connection, the next beat's on the next: this process must stay small. */
function beat(): void {
  const now = performance.now()
  // What was missed while this process slept is left out: the server was not asked.
  if (now - begun - (sent / perSecond) * 1_000 > 20) {
    begun = now
    sent = 0
  }
  const due = Math.floor(((now - begun) * perSecond) / 1_000) - sent
  const line = lines[next() % CONNECTIONS]
  if (due <= 0 || line === undefined) return
  const batch = Array.from({ length: due }, () => commands[next() % FOREGROUND_KEYS] ?? Buffer.alloc(0))
  const sentAt = performance.now()
  for (let n = 0; n < due; n += 1) line.sentAt.push(sentAt)
  line.socket.write(Buffer.concat(batch))
  sent += due
}
setInterval(beat, 1)

function summary(): object {
  const sorted = latencies.toSorted((a, b) => a - b)
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? -1
  return { ops: sorted.length, p50: at(0.5), p99: at(0.99), p999: at(0.999), max: at(1) }
}

for await (const word of createInterface({ input: process.stdin })) {
  if (word === 'begin') {
    latencies = []
    isMeasuring = true
  } else {
    isMeasuring = false
    process.stdout.write(`${JSON.stringify(summary())}\n`)
  }
}
process.exit(0)
