/** Files that people copy and edit: they must say what the code does. */
import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { readConfig } from '../../src/config/config.js'
import { environmentSchema } from '../../src/config/environment.js'
import { fileJsonSchema } from '../../src/config/json-schema.js'

const lines = readFileSync('.env.example', 'utf8').split('\n')
const ENTRY = /^(# )?([A-Z][A-Z0-9_]+)=(\S*)$/u
const entries = lines.flatMap((line, index) => {
  const [, off, name = '', value = ''] = ENTRY.exec(line) ?? []
  return name === '' ? [] : [{ name, value, off: off !== undefined, above: lines[index - 1] ?? '' }]
})

const needed = {
  ...{ SLACK_BOT_TOKEN: 'xoxb-1', SLACK_APP_TOKEN: 'xapp-1', PAGERDUTY_ROUTING_KEY: 'a'.repeat(32) },
}
const example = readFileSync('mayday.example.yml', 'utf8')

test('.env.example and the schema of the environment name the same variables, each once and with a comment', () => {
  expect(entries.map((entry) => entry.name).toSorted()).toEqual(Object.keys(environmentSchema.shape).toSorted())
  for (const { name, above } of entries) expect(above, name).toMatch(/^# .{15,}/)
})

test('.env.example shows the real defaults, and every other line is a comment', () => {
  for (const line of lines) expect(line).toMatch(/^$|^#|^[A-Z_]+=$/)
  const parsed = environmentSchema.parse(needed)
  const defaults = new Map<string, unknown>(Object.entries(parsed))
  for (const { name, value, off } of entries) {
    if (value === '') continue
    expect(off, name).toBe(true)
    expect(value.replace(/\/$/u, ''), name).toBe(String(defaults.get(name)))
  }
})

test('what must be set is not commented out', () => {
  const faults = environmentSchema.safeParse({}).error?.issues.map((issue) => String(issue.path[0])) ?? []
  expect(faults.length).toBeGreaterThan(1)
  for (const name of faults) expect(entries.find((entry) => entry.name === name)?.off, name).toBe(false)
})

test('mayday.example.yml is accepted, and its deadlines are those that stand without it', () => {
  const env = { ...needed, DATA_ROUTING_KEY: 'b'.repeat(32) }
  const shown = readConfig({ env, file: { name: 'mayday.example.yml', text: example } })
  const { contacts, ...deadlines } = shown.paging
  expect(contacts).toHaveLength(1)
  expect(readConfig({ env }).paging).toEqual({ ...deadlines, contacts: [] })
  expect(shown.teams.map((team) => team.name)).toEqual(['data', 'leads'])
})

test('mayday.schema.json is what `npm run schema` writes, accepts the example and refuses a slip', () => {
  expect(readFileSync('mayday.schema.json', 'utf8')).toBe(fileJsonSchema())
  const check = new Ajv2020({ strict: false, validateFormats: false }).compile(JSON.parse(fileJsonSchema()))
  expect(check(parse(example)), JSON.stringify(check.errors)).toBe(true)
  expect(check({})).toBe(true)
  expect(check({ paging: { shout_afer: '20s' } })).toBe(false)
  expect(check({ paging: { shout_after: 'soon' } })).toBe(false)
})
