import { setTimeout as sleep } from 'node:timers/promises'
import type { NightClock } from './clock.js'
import type { NightError } from './error.js'
import { createWall, type Wall } from './wall.js'

/** Tells the story, one line at a time, as it happens. */
export interface Narrator extends Wall {
  heading(text: string): void
  scene(title: string): Promise<void>
  /** Somebody writes or does something. */
  acts(who: string, what: string): void
  /** Something was expected and really seen. */
  seen(what: string): void
  /** What stands on somebody's screen. */
  shows(text: string, o?: { readonly label?: string }): void
  note(text: string): void
  failed(error: NightError, lastWords: readonly string[]): void
  rows(rows: readonly (readonly string[])[]): void
  plain(line: string): void
}

export interface NarratorOptions {
  readonly out: (line: string) => void
  readonly clock: NightClock
  /** A terminal gets colour, and time to read. */
  readonly terminal: boolean
  readonly signal: AbortSignal
}

const WIDTH = 100
const INDENT = '         '
const READING_MS = 500

const paint = { bold: '1', dim: '2', red: '31', green: '32', cyan: '36' } as const

export function createNarrator({ out, clock, terminal, signal }: NarratorOptions): Narrator {
  const wall = createWall(clock)
  const colour = (name: keyof typeof paint, text: string) =>
    terminal ? `\u001B[${paint[name]}m${text}\u001B[0m` : text
  const now = () => wall.time(clock.now())
  const block = (first: string, text: string, rest = INDENT, as: (line: string) => string = (line) => line) => {
    for (const [index, line] of wrap(text, WIDTH - rest.length).entries())
      out(`${index === 0 ? first : rest}${as(line)}`)
  }
  return {
    ...wall,
    heading(text) {
      out('')
      block('', text, '', (line) => colour('bold', line))
    },
    async scene(title) {
      // An interrupted pause is the beginning of the end, not a failure.
      if (terminal) await sleep(READING_MS, undefined, { signal }).catch(() => undefined)
      out('')
      block(`${colour('cyan', now())}  `, title, '       ', (line) => colour('bold', line))
    },
    acts: (who, what) => block(`  ${now()}  `, `${who}: ${what}`),
    seen: (what) => block(`       ${colour('green', '✓')} `, what),
    shows(text, { label } = {}) {
      const head = label === undefined ? '' : `${label}  `
      const bar = `${INDENT}${colour('dim', '│')} `
      for (const [index, line] of wrap(text, WIDTH - INDENT.length - 2 - head.length).entries()) {
        out(`${bar}${index === 0 ? colour('dim', head) : ' '.repeat(head.length)}${line}`)
      }
    },
    note: (text) => block(INDENT, text, INDENT, (line) => colour('dim', line)),
    failed(error, lastWords) {
      out('')
      block(`       ${colour('red', '✗')} `, colour('red', 'This was not seen, so the replay ends here.'))
      block(`${INDENT}expected: `, error.expected, `${INDENT}          `)
      block(`${INDENT}seen:     `, error.seen, `${INDENT}          `)
      if (lastWords.length > 0) out(`${INDENT}What the bot wrote last:`)
      for (const line of lastWords) out(`${INDENT}│ ${line}`)
    },
    rows(rows) {
      const widths = rows.reduce<number[]>((all, row) => row.map((cell, i) => Math.max(all[i] ?? 0, cell.length)), [])
      for (const row of rows) out(`  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd())
    },
    plain: out,
  }
}

/** Lines of at most `width` characters; the text's own line breaks stay. */
function wrap(text: string, width: number): readonly string[] {
  return text.split('\n').flatMap((paragraph) => {
    const lines: string[] = []
    let line = ''
    for (const word of paragraph.split(/\s+/).filter((one) => one !== '')) {
      if (line !== '' && line.length + 1 + word.length > width) {
        lines.push(line)
        line = word
      } else line = line === '' ? word : `${line} ${word}`
    }
    return [...lines, line]
  })
}

/** A span as it is measured: milliseconds while they say something, then seconds, then minutes. */
export function span(ms: number): string {
  if (ms < 2_000) return `${Math.round(ms)} ms`
  if (ms < 120_000) return `${(ms / 1000).toFixed(1)} s`
  return `${Math.round(ms / 60_000)} min`
}
