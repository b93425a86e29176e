/** What a plan is bound to, and what speaks against carrying it out. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { matches, mayOverlap, neighbourAdvice, objections, patternObjections } from '../../src/purge/guards.js'
import { canonical, differences, isConfirmation, isExpired, type PurgePlan } from '../../src/purge/plan.js'
import { aPlan, aServer, aSurvey, DELIVERY, NIGHT, PUSH, SESSIONS } from './values.js'

const estimate = (about: number, margin = 0) => ({ estimate: { about, margin } })
const now = { settings: PUSH, server: aServer(), ...estimate(1_200_000) }

describe('the digest', () => {
  test('changes with everything that decides what is removed, from where and how', () => {
    const changes: readonly Partial<PurgePlan>[] = [
      { target: 'other' },
      { layout: 'keys' },
      { what: 'rpush:*' },
      { protect: ['a'] },
      { identity: 'run-2/0' },
      { database: 1 },
      { count: 1_200_001 },
      { scope: { mode: 'undelivered', upToId: 1_200_000 } },
      { scope: { mode: 'all', upToId: 1_200_001 } },
      { scope: { mode: 'all', bornBefore: 1 } },
      { kinds: {} },
      { archive: false },
      { budgetMs: 5 },
      { plannedAt: NIGHT + 1 },
      { expiresAt: NIGHT + 3_600_000 },
      { folder: 'p2' },
    ]
    const digests = [aPlan(), ...changes.map((change) => aPlan(change))].map(canonical)
    expect(new Set(digests).size).toBe(digests.length)
  })

  test('does not hang on the order in which kinds were found', () => {
    const kinds = { b: 1, a: 2 }
    expect(canonical(aPlan({ kinds }))).toBe(canonical(aPlan({ kinds: { a: 2, b: 1 } })))
  })
})

describe('a plan holds', () => {
  test('for fifteen minutes', () => {
    expect(isExpired(aPlan(), NIGHT + 15 * 60_000)).toBe(false)
    expect(isExpired(aPlan(), NIGHT + 15 * 60_000 + 1)).toBe(true)
  })

  test('while nothing has changed, and while the count has moved by no more than living systems move', () => {
    expect(differences(aPlan(), now)).toEqual([])
    expect(differences(aPlan(), { ...now, ...estimate(1_150_000) })).toEqual([])
    expect(differences(aPlan({ count: 10 }), { ...now, ...estimate(100) })).toEqual([])
  })

  test('not on another server, in another database, or for another configuration: each difference in words', () => {
    const cases = [
      [{ ...now, server: aServer({ identity: 'run-2/0' }) }, /restarted or is another one/],
      [{ ...now, server: aServer({ database: 3 }) }, /database 3 now, and was database 0/],
      [{ ...now, settings: { ...PUSH, pattern: 'rpush:*' } }, /means rpush:\* now, and meant rpush:notifications:\*/],
      [{ ...now, settings: { ...PUSH, protect: ['x'] } }, /other keys are protected/],
      [{ ...now, settings: SESSIONS }, /layout is keys now/],
      [{ ...now, settings: undefined }, /no longer configured/],
      [
        { ...now, ...estimate(1_300_000) },
        /there are 1,300,000 notifications now, and 1,200,000 notifications were planned/,
      ],
      [{ ...now, ...estimate(900_000) }, /there are 900,000/],
    ] as const
    for (const [seen, words] of cases) expect(differences(aPlan(), seen).join('; ')).toMatch(words)
  })

  test('of a part of the target, only how far the whole has moved since is held against it', () => {
    const part = aPlan({ scope: { mode: 'undelivered', upToId: 1_200_000 }, count: 1_000 })
    expect(differences(part, now)).toEqual([])
    expect(differences(part, { ...now, ...estimate(1_200_090) })).toEqual([])
    expect(differences(part, { ...now, ...estimate(1_203_000) }).join()).toMatch(/there are 4,000 .* now, and 1,000/)
  })

  test('an estimate is not held against it more closely than it is', () => {
    expect(differences(aPlan(), { ...now, ...estimate(1_300_000, 100_000) })).toEqual([])
    expect(differences(aPlan(), { ...now, ...estimate(1_400_000, 100_000) }).join()).toMatch(/about 1,400,000/)
  })
})

test('only the typed count confirms, as people write it', () => {
  for (const good of ['purge 1200000', ' Purge 1,200,000 ', 'PURGE  1_200_000', 'purge 1 200 000'])
    expect(isConfirmation(good, aPlan()), good).toBe(true)
  for (const bad of [
    '',
    'purge',
    '1200000',
    'purge 120000',
    'purge 12000000',
    'purge 1200000 now',
    'purge 1,20,0000',
    'yes',
  ])
    expect(isConfirmation(bad, aPlan()), bad).toBe(false)
})

const seen = { settings: PUSH, server: aServer(), survey: aSurvey(), archive: true, running: undefined, onHold: true }
const guards = (change: Partial<Parameters<typeof objections>[0]>) =>
  objections({ ...seen, ...change }).map(({ guard, level }) => `${level} ${guard}`)

describe('guards', () => {
  test('nothing speaks against a calm target on hold', () => {
    expect(objections(seen)).toEqual([])
    expect(objections({ ...seen, settings: DELIVERY, onHold: undefined })).toEqual([])
  })

  test('a pattern that could mean anybody is refused', () => {
    for (const pattern of ['*', 'a*', '???:*', '[ab]cdef*', 'abc*', '\\*ab*'])
      expect(guards({ settings: { ...SESSIONS, pattern } }), pattern).toContain('refuse pattern_short')
    for (const pattern of ['abcd*', '\\*abc*', 'session:[0-9]*'])
      expect(guards({ settings: { ...SESSIONS, pattern } }), pattern).not.toContain('refuse pattern_short')
  })

  test('a pattern that crosses a protected key is refused and names it', () => {
    const crossing = patternObjections({ ...SESSIONS, protect: ['session:admin', 'config:*'] })
    expect(crossing).toEqual([expect.objectContaining({ guard: 'pattern_protected', level: 'refuse' })])
    expect(crossing[0]?.because).toMatch(/session:admin/)
    expect(crossing[0]?.because).not.toMatch(/config/)
    // The layout of Rpush knows which keys under its pattern are payload.
    expect(guards({ settings: { ...PUSH, protect: ['rpush:notifications:all'] } })).toEqual([])
  })

  test('a read-only replica and missing commands are refused, with the remedy', () => {
    expect(guards({ server: aServer({ role: 'replica' }) })).toEqual(['refuse replica_server'])
    const old = { version: 'Redis 6.0.16', commandsOf: '6.0.16', missing: ['LMOVE'] }
    expect(guards({ server: aServer(old) })).toEqual(['refuse old_server'])
    for (const commandsOf of ['6.2.16', '7.2.4', '8.0.2', '10.0', undefined, 'unreadable'])
      expect(guards({ server: aServer({ commandsOf }) })).toEqual([])
    const [missing] = objections({ ...seen, server: aServer({ missing: ['UNLINK', 'DUMP'] }) })
    expect(missing).toMatchObject({ guard: 'missing_commands', level: 'refuse' })
    expect(missing?.because).toMatch(/ACL SETUSER <user> \+unlink \+dump/)
  })

  test('lagging replicas: told when they lag, refused when they could lose their link', () => {
    const replica = (lagBytes: number, online = true) => aServer({ replicas: [{ name: 'r1', lagBytes, online }] })
    expect(guards({ server: replica(1000) })).toEqual([])
    expect(guards({ server: replica(2 << 20) })).toEqual(['warn replica_lag'])
    expect(guards({ server: replica(100 << 20) })).toEqual(['refuse replica_lag'])
    expect(guards({ server: replica(0, false) })).toEqual(['warn replica_lag'])
  })

  test('another purge is refused; the rest is told', () => {
    expect(guards({ running: 7 })).toEqual(['refuse running'])
    expect(guards({ survey: aSurvey({ createdPerSecond: 40 }) })).toEqual(['warn growing'])
    expect(guards({ onHold: false })).toEqual(['warn not_on_hold'])
    expect(guards({ archive: false })).toEqual(['warn no_archive'])
    expect(guards({ server: aServer({ scripting: false }) })).toEqual(['warn no_scripting'])
    expect(guards({ server: aServer({ maxBytes: 2 ** 31 }) })).toEqual(['warn memory'])
  })

  test('values that take long to archive: told when they are large, refused when they are huge, unless nothing is archived', () => {
    expect(guards({ kinds: { string: 9, 'over 4 MB': 2 } })).toEqual(['warn large'])
    expect(guards({ kinds: { string: 9, 'over 4 MB': 2, 'over 64 MB': 1 } })).toEqual(['refuse large'])
    expect(guards({ kinds: { 'over 64 MB': 1 }, archive: false })).toEqual(['warn no_archive'])
  })

  test('refusals come first', () => {
    expect(guards({ onHold: false, running: 7 })[0]).toBe('refuse running')
  })
})

test('neighbours in the same database are named, with the advice to separate them', () => {
  expect(neighbourAdvice(aPlan())).toMatch(/77 % of the keys in database 0 are others' \(cache: 77 %\)/)
  expect(neighbourAdvice(aPlan({ survey: aSurvey({ prefixes: [] }) }))).toBeUndefined()
})

describe('globs', () => {
  test('are read as Redis reads them', () => {
    const yes = [
      ['a*', 'a\n*b'],
      ['a?c', 'abc'],
      ['a[b-d]e', 'ace'],
      ['a[^b]e', 'ace'],
      ['a\\*e', 'a*e'],
      ['a.c', 'a.c'],
      ['a[.]c', 'a.c'],
      ['a[\\]]c', 'a]c'],
    ] as const
    const no = [
      ['a.c', 'abc'],
      ['a[^b]e', 'abe'],
      ['a\\*e', 'abe'],
      ['a?', 'a'],
      ['a*', 'ba'],
    ] as const
    for (const [pattern, name] of yes) expect(matches(pattern, name), `${pattern} ${name}`).toBe(true)
    for (const [pattern, name] of no) expect(matches(pattern, name), `${pattern} ${name}`).toBe(false)
  })

  test('two globs that share a name are never said to be apart', () => {
    const part = fc.constantFrom('a', 'b', ':', '*', '?', '[ab]')
    const glob = fc.array(part, { maxLength: 6 }).map((parts) => parts.join(''))
    const name = fc.array(fc.constantFrom('a', 'b', ':'), { maxLength: 6 }).map((parts) => parts.join(''))
    fc.assert(
      fc.property(glob, glob, name, (one, other, key) => {
        if (matches(one, key) && matches(other, key)) expect(mayOverlap(one, other)).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  test('globs that begin differently are apart', () => {
    expect(mayOverlap('session:*', 'config:*')).toBe(false)
    expect(mayOverlap('session:*', 'sessions')).toBe(false)
    expect(mayOverlap('session:?', 'session:ab')).toBe(false)
  })
})
