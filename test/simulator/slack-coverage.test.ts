import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { coverage } from '../../src/simulator/slack/coverage.js'

const here = import.meta.dirname
const tests = readdirSync(here).filter((f) => /^slack.*\.test\.ts$/.test(f) && f !== 'slack-coverage.test.ts')
const text = tests.map((f) => readFileSync(`${here}/${f}`, 'utf8')).join('\n')

/** Called (`client.auth.test(`), or named in quotes or in a title (`views.open takes …`). */
const namesMethod = (method: string): boolean =>
  text.includes(`client.${method}(`) || new RegExp(`['"]${method.replaceAll('.', '\\.')}(['" ,:])`).test(text)

describe('what the simulated Slack claims to do is tested', () => {
  it('reads the tests', () => {
    expect(tests.length).toBeGreaterThanOrEqual(6)
    expect(namesMethod('chat.scheduleMessage')).toBe(false)
  })

  it.each(coverage.methods)('method %s', (method) => {
    expect(namesMethod(method)).toBe(true)
  })

  it.each([...coverage.faults, ...coverage.disasters])('fault %s has a test of its name', (fault) => {
    expect(new RegExp(`it\\([^\\n]*\\b${fault}\\b`).test(text)).toBe(true)
  })

  it.each(coverage.acts)('act %s', (act) => {
    expect(new RegExp(`slack\\.${act}\\(`).test(text)).toBe(true)
  })
})
