/** What a person at a terminal sees besides lines: one line that moves, and questions. */
import { createInterface } from 'node:readline/promises'
import type { Io } from './io.js'

/** For the terminal of this process; parts that are not there (a pipe, a file) stay out. */
export function createScreen(): Pick<Io, 'progress' | 'ask'> {
  const { stdin, stderr } = process
  let shown = ''
  return {
    ...(stderr.isTTY
      ? {
          progress: (line: string) => {
            if (line === shown) return
            shown = line
            // The whole row, never a second one: a line that wraps could not be taken back.
            stderr.write(`\r\u001b[K${line.slice(0, Math.max(20, stderr.columns - 1))}`)
          },
        }
      : {}),
    ...(stdin.isTTY
      ? {
          ask: async (question: string) => {
            const reader = createInterface({ input: stdin, output: stderr })
            try {
              return await reader.question(question)
            } finally {
              reader.close()
            }
          },
        }
      : {}),
  }
}
