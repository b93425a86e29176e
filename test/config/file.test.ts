import Ajv2020 from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { readConfig } from '../../src/config/config.js'
import { parseDuration } from '../../src/config/duration.js'
import { fileJsonSchema } from '../../src/config/json-schema.js'
import { faultsOf, GOOD } from './faults.js'

const read = (text: string) => readConfig({ env: GOOD, file: { name: 'mayday.yml', text } })
const faults = (file: string) => faultsOf({ env: GOOD, file })

const FULL = `
paging:
  mode: shadow
  confirm_within: 90s
  shout_after: 500ms
  remind_after: 1.5m
  escalate_after: 1h
  backstop_after: 1d
  join_window: 0s
  max_pages_per_minute: 20
  contacts:
    - { name: Alex Rivera, phone: "+1 415 555 0101", slack: U012AB3CD }
  alert_bots: [B012AB3CD]
teams:
  payments: { routing_key_env: PAYMENTS_KEY, about: cards and payouts }
  data: { escalation_policy: PABC123 }
docs:
  - { title: Push, url: "https://wiki.example/push", keywords: [push], reviewed: 2026-10-01, review_every: 90d, owner: push }
`

describe('mayday.yml', () => {
  it.each([
    ['is not there', undefined],
    ['is empty', ''],
    ['holds comments only', '# nothing\n'],
    ['says nothing', '~'],
    ['leaves a section empty', 'paging: {}'],
  ])('has its defaults when it %s', (_name, text) => {
    const config = text === undefined ? readConfig({ env: GOOD }) : read(text)
    expect(config.paging).toEqual({
      mode: 'armed',
      confirmWithinMs: 60_000,
      shoutAfterMs: 20_000,
      remindAfterMs: 120_000,
      escalateAfterMs: 300_000,
      backstopAfterMs: 600_000,
      askSilentOwnerAfterMs: 1_800_000,
      unacknowledgeAfterMs: 600_000,
      joinWindowMs: 600_000,
      maxPagesPerMinute: 5,
      contacts: [],
      alertBots: [],
    })
    expect([config.teams, config.docs]).toEqual([[], []])
  })

  it('is read with every key', () => {
    const file = { name: 'mayday.yml', text: FULL }
    const config = readConfig({ env: { ...GOOD, PAYMENTS_KEY: 'P'.repeat(32) }, file })
    expect(config.paging).toMatchObject({
      mode: 'shadow',
      confirmWithinMs: 90_000,
      shoutAfterMs: 500,
      remindAfterMs: 90_000,
      escalateAfterMs: 3_600_000,
      backstopAfterMs: 86_400_000,
      joinWindowMs: 0,
    })
    expect(config.teams).toEqual([
      { name: 'payments', about: 'cards and payouts', routingKey: 'P'.repeat(32) },
      { name: 'data', escalationPolicy: 'PABC123' },
    ])
    expect(config.docs[0]).toMatchObject({ title: 'Push', reviewed: '2026-10-01' })
  })

  it.each([
    [
      'a misspelt key',
      'paging:\n  mode: armed\n  shout_aftr: 20s',
      ['mayday.yml:3 paging.shout_aftr: found unknown key shout_aftr; accepted: only the documented keys'],
    ],
    [
      'several unknown keys, each at its line',
      'purges: {}\n\nteam: {}',
      [/^mayday\.yml:1 purges: found unknown key purges/, /^mayday\.yml:3 team: found unknown key team/],
    ],
    ['a wrong word', '\npaging:\n  mode: on', [/^mayday\.yml:3 paging\.mode: found "on"; accepted: .*"armed"/]],
    [
      'no duration',
      'paging:\n  shout_after: soon',
      [/^mayday\.yml:2 paging\.shout_after: found "soon"; accepted: a duration such as 20s/],
    ],
    ['a bare number', 'paging:\n  shout_after: 20', ['mayday.yml:2 paging.shout_after: found 20; accepted: text']],
    [
      'a limit below one',
      'paging: { max_pages_per_minute: 0 }',
      [/^mayday\.yml:1 paging\.max_pages_per_minute: found 0; accepted: .*>=1/],
    ],
    [
      'something left out',
      'paging:\n  contacts:\n    - { phone: "112" }',
      ['mayday.yml:3 paging.contacts.0.name: found nothing; accepted: text'],
    ],
    [
      'a Slack name for an id',
      'paging:\n  contacts:\n    - { name: Alex, slack: alex }',
      [/^mayday\.yml:3 paging\.contacts\.0\.slack: found "alex"; accepted: a Slack user id/],
    ],
    [
      'a team of both kinds',
      'teams:\n  a: { routing_key_env: K, escalation_policy: P1 }',
      [/^mayday\.yml:2 teams\.a: .*not both/],
    ],
    ['a team of no kind', 'teams:\n  a: { about: x }', [/^mayday\.yml:2 teams\.a: .*either/]],
    [
      'a team that cannot be typed',
      'teams:\n  "Pay & Co": { escalation_policy: P1 }',
      [/^mayday\.yml:2 teams\.Pay & Co: .*accepted: a short lower-case name/],
    ],
    [
      'a key that is not set',
      'teams:\n  a: { routing_key_env: NOT_SET }',
      ['NOT_SET (teams.a.routing_key_env): found nothing; accepted: a 32-character integration key'],
    ],
    [
      'a script for an address',
      'docs:\n  - { title: x, url: "javascript:alert(1)" }',
      [/^mayday\.yml:2 docs\.0\.url: .*accepted: an https:\/\/ or http:\/\/ address/],
    ],
    [
      'no such day',
      'docs:\n  - { title: x, url: "https://w.example", reviewed: 2026-02-30 }',
      [/^mayday\.yml:2 docs\.0\.reviewed:/],
    ],
    [
      'a list where settings belong',
      '- paging',
      ['mayday.yml:1: found ["paging"]; accepted: a group of `name: value` lines'],
    ],
    ['a word where settings belong', 'paging: armed', [/^mayday\.yml:1 paging: found "armed"; accepted: a group/]],
    ['broken YAML', 'paging:\n  mode: "armed', [/^mayday\.yml:2: .*accepted: valid YAML/]],
    ['a tab', 'paging:\n\tmode: armed', [/^mayday\.yml:2: .*accepted: valid YAML/]],
    ['a key that stands twice', 'paging: {}\npaging: {}', [/^mayday\.yml:2: .*unique/]],
    ['an alias of nothing', 'paging: *base', [/^mayday\.yml: .*alias.*accepted: valid YAML/]],
    ['aliases that grow without end', BOMB(), [/^mayday\.yml: .*alias.*accepted: valid YAML/i]],
  ])('with %s stops the start', (_name, text, told) => {
    const found = faults(text)
    expect(found).toHaveLength(told.length)
    for (const [index, one] of told.entries())
      expect(found[index]).toEqual(typeof one === 'string' ? one : expect.stringMatching(one))
  })

  it('never stops the start without saying why, whatever is in it', () => {
    const line = fc.oneof(
      fc.constantFrom('paging:', '  mode: armed', 'teams: {', '}', '- x', '&a *a', '? !', 'docs:'),
      fc.string(),
    )
    fc.assert(
      fc.property(fc.array(line, { maxLength: 6 }), (lines) => {
        for (const fault of faults(lines.join('\n'))) expect(fault).toMatch(/^mayday\.yml.*: found .+; accepted: .+/s)
      }),
      { numRuns: 500 },
    )
  })
})

describe('a duration', () => {
  it.each([
    ['500ms', 500],
    ['20s', 20_000],
    ['2m', 120_000],
    ['1.5h', 5_400_000],
    ['90d', 7_776_000_000],
    ['0s', 0],
    [' 5 m ', 300_000],
  ])('%s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })

  it.each(['', '5', 's', '-1s', '1s2', '1 week', '1e3s', '.5h', '1,5h', 'Infinitys'])('"%s" is none', (text) => {
    expect(parseDuration(text)).toBeUndefined()
  })
})

describe('the JSON Schema for editors', () => {
  const ajv = new Ajv2020.default({ strict: false, validateFormats: false })
  const valid = ajv.compile(JSON.parse(fileJsonSchema()))

  it('takes what the start takes', () => {
    expect(valid(parse(FULL)), JSON.stringify(valid.errors)).toBe(true)
    expect(valid({})).toBe(true)
  })

  it.each([
    'paging: { shout_aftr: 20s }',
    'paging: { mode: on }',
    'paging: { shout_after: soon }',
    'teams: { a: { about: 5 } }',
    'docs: [{ title: x }]',
  ])('refuses %s as the start does', (text) => {
    expect(valid(parse(text))).toBe(false)
    expect(faults(text)).toHaveLength(1)
  })
})

/** Nine levels of nine aliases each: a few hundred bytes that would be gigabytes. */
function BOMB(): string {
  const levels = Array.from(
    { length: 9 },
    (_, level) => `l${level + 1}: &l${level + 1} [${Array(9).fill(`*l${level}`).join(', ')}]`,
  )
  return ['l0: &l0 x', ...levels].join('\n')
}
