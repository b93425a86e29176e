import { readFileSync } from 'node:fs'
import { expect, describe as group, it } from 'vitest'
import { describe, ERROR_CODES, type ErrorCode, MaydayError } from '../src/errors.js'

const CODES = Object.keys(ERROR_CODES) as readonly ErrorCode[]

group('an error of Mayday', () => {
  it('carries its code, its sentence, what to do, and whether trying again can help', () => {
    const cause = new TypeError('socket hang up')
    const error = new MaydayError('SLACK_UNAVAILABLE', { what: 'Slack is away.', hint: 'Wait.', retry: true, cause })
    expect(error).toMatchObject({
      name: 'MaydayError',
      code: 'SLACK_UNAVAILABLE',
      message: 'Slack is away.',
      hint: 'Wait.',
      retry: true,
      cause,
    })
    expect(error).toBeInstanceOf(Error)
    expect(describe(error)).toBe('Slack is away. Wait.')
  })

  it.each(CODES)('%s has a sentence that ends, and is the default', (code) => {
    const error = new MaydayError(code)
    expect(error.message).toBe(ERROR_CODES[code])
    expect(error.message).toMatch(/^[A-Z][^\n]{10,118}\.$/)
    expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/)
    expect([error.hint, error.retry, error.cause]).toEqual(['', false, undefined])
  })

  it('is told for anything that was thrown', () => {
    expect(describe(new MaydayError('BUG'))).toBe(ERROR_CODES.BUG)
    expect(describe(new TypeError('x is not y'))).toBe('x is not y')
    expect(describe(new TypeError(''))).toBe('TypeError')
    expect([describe('late'), describe(undefined)]).toEqual(['late', 'undefined'])
  })
})

group('the README', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

  it('lists every code with its sentence, and no other', () => {
    const { heading, rows } = tableUnder(readme)
    // A README without the heading makes no promise; with it, the table is the catalogue.
    expect(rows).toEqual(heading ? CODES.map((code) => [code, ERROR_CODES[code]]) : [])
  })

  it('is read as it is written', () => {
    expect(tableUnder('# Mayday\n')).toEqual({ heading: false, rows: [] })
    expect(tableUnder('## Errors\n\n## Limits\n| A | b |')).toEqual({ heading: true, rows: [] })
    const table = '| code | meaning |\n|---|---|\n| `BUG` | Bad. |\n| NOT_ALLOWED | No. |\n'
    expect(tableUnder(`x\n## Errors\n\nWords.\n\n${table}\n## Limits\n`)).toEqual({
      heading: true,
      rows: [
        ['BUG', 'Bad.'],
        ['NOT_ALLOWED', 'No.'],
      ],
    })
  })
})

/** Rows of `| code | meaning |` under the heading "Errors". */
function tableUnder(markdown: string): { readonly heading: boolean; readonly rows: readonly (readonly string[])[] } {
  const lines = markdown.split('\n')
  const start = lines.findIndex((line) => /^#{2,3} Errors\s*$/u.test(line))
  if (start === -1) return { heading: false, rows: [] }
  const rest = lines.slice(start + 1)
  const end = rest.findIndex((line) => line.startsWith('## '))
  const rows = rest
    .slice(0, end === -1 ? undefined : end)
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replace(/^`|`$/gu, '')),
    )
    .filter(([code]) => code !== undefined && code !== 'code' && !/^:?-+:?$/u.test(code))
  return { heading: true, rows }
}
