/** Planned names in constant memory: the set says what a real set would say. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createFingerprints, type Fingerprints, readFingerprints } from '../../src/purge/fingerprints.js'

const add = (set: Fingerprints, name: Buffer): boolean => set.add(name, 0, name.length)
const markOf = (set: Fingerprints, name: Buffer) => set.markOf(name, 0, name.length)

const name = fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes))

test('does what a set of names with marks does, whatever the order', () => {
  const step = fc.record({ what: fc.constantFrom('add', 'done', 'todo', 'save' as const), name })
  fc.assert(
    fc.property(fc.integer(), fc.array(step, { maxLength: 80 }), (salt, steps) => {
      let set = createFingerprints(salt)
      const truth = new Map<string, 'todo' | 'done'>()
      for (const { what, name } of steps) {
        const key = name.toString('hex')
        if (what === 'add') {
          expect(add(set, name)).toBe(!truth.has(key))
          if (!truth.has(key)) truth.set(key, 'todo')
        } else if (what === 'save') {
          set = readFingerprints(set.toBytes())
          for (const one of truth.keys()) truth.set(one, 'todo')
        } else {
          set.mark(name, 0, name.length, what)
          if (truth.has(key)) truth.set(key, what)
        }
        expect(markOf(set, name)).toBe(truth.get(key))
        expect([set.size, set.left]).toEqual([truth.size, [...truth.values()].filter((one) => one === 'todo').length])
      }
    }),
    { numRuns: 300 },
  )
})

test('two hundred thousand like names: none is lost, none passes for another, marks survive growing', () => {
  const set = createFingerprints(42)
  const at = (i: number): Buffer => Buffer.from(`rpush:notifications:${i}`)
  let added = 0
  for (let i = 0; i < 200_000; i++) {
    if (add(set, at(i))) added += 1
    if (i % 3 === 0) set.mark(at(i), 0, at(i).length, 'done')
  }
  expect([added, set.size]).toEqual([200_000, 200_000])
  for (let i = 0; i < 200_000; i += 7) expect(markOf(set, at(i))).toBe(i % 3 === 0 ? 'done' : 'todo')
  const strangers = Array.from({ length: 200_000 }, (_, i) => markOf(set, at(200_000 + i)))
  expect(strangers.every((mark) => mark === undefined)).toBe(true)
  expect(set.toBytes().length).toBe(12 + 8 * 200_000)
})

test('looks only at the name inside a larger buffer', () => {
  const set = createFingerprints(1)
  set.add(Buffer.from('xxkeyyy'), 2, 5)
  expect(set.markOf(Buffer.from('key'), 0, 3)).toBe('todo')
  expect(set.markOf(Buffer.from('xxkeyyy'), 2, 6)).toBeUndefined()
})

test('a torn or foreign file is refused, not read as an empty plan', () => {
  const bytes = createFingerprints(1).toBytes()
  const full = createFingerprints(1)
  full.add(Buffer.from('a'), 0, 1)
  for (const bad of [bytes.subarray(0, 5), full.toBytes().subarray(0, 15), Buffer.alloc(40)]) {
    expect(() => readFingerprints(bad)).toThrow(expect.objectContaining({ code: 'ARCHIVE_FAILED' }))
  }
})
