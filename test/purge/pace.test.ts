/** The latency budget against a simulated server: whatever it does, what others wait stays inside, and it says when it cannot. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  afterPing,
  afterSlice,
  felt,
  firstPace,
  gapAfter,
  isHeldBack,
  type Pace,
  STRAIN_MS,
  whyStop,
} from '../../src/purge/pace.js'

/** Slices of `factor` times the time that was asked for, with a PING of `ping(round)` after every second. */
function run(pace: Pace, rounds: number, factor: (round: number) => number, ping: (round: number) => number): Pace {
  let now = pace
  for (let i = 0; i < rounds; i++) {
    now = afterSlice(now, now.quantumMs * factor(i))
    if (i % 2 === 0) now = afterPing(now, ping(i), i * 20)
  }
  return now
}
const calm = (pace: Pace, rounds = 200): Pace =>
  run(
    pace,
    rounds,
    () => 1,
    () => 0.1,
  )

test('on a calm server it goes as fast as the budget allows: most of the time, in slices just under it', () => {
  for (const budget of [0.3, 1, 5]) {
    const pace = calm(firstPace(budget))
    expect(pace.duty).toBeCloseTo(0.9)
    expect(pace.quantumMs).toBeLessThan(budget)
    expect(pace.quantumMs).toBeGreaterThan(budget * 0.5)
    expect(isHeldBack(pace)).toBe(false)
    expect(whyStop(pace, 1e9)).toBeUndefined()
  }
})

test('slices that take longer than asked shrink until they fit, and grow back when they are quick again', () => {
  const heavy = run(
    firstPace(1),
    100,
    () => 4,
    () => 0.1,
  )
  expect(heavy.quantumMs * 4).toBeLessThan(1)
  expect(
    felt(
      run(
        heavy,
        300,
        () => 4,
        () => 0.1,
      ),
    ).addedMs,
  ).toBeLessThanOrEqual(1)
  expect(calm(heavy, 400).quantumMs).toBeGreaterThan(0.5)
})

test('where the server does not say how long a slice took, single delays of a busy client do not shrink it', () => {
  const noisy = (exact: boolean): Pace =>
    run(
      { ...firstPace(1), exact },
      200,
      (i) => (i % 4 === 0 ? 1 : 8),
      () => 0.1,
    )
  expect(noisy(false).quantumMs).toBeGreaterThan(0.6)
  expect(noisy(true).quantumMs).toBeLessThan(0.3)
})

describe('when others load the server', () => {
  test('it gives way, and takes up speed again when they have gone', () => {
    const pressed = run(
      calm(firstPace(1)),
      100,
      () => 1,
      () => 0.9,
    )
    expect(pressed.duty).toBeLessThan(0.2)
    expect(isHeldBack(pressed)).toBe(true)
    expect(gapAfter(pressed, 1)).toBeGreaterThan(4)
    expect(calm(pressed).duty).toBeGreaterThan(0.8)
  })

  test('one slow answer of a busy client is not the server', () => {
    const pace = run(
      calm(firstPace(1)),
      100,
      () => 1,
      (i) => (i % 8 === 0 ? 5 : 0.1),
    )
    expect(pace.duty).toBeGreaterThan(0.8)
  })

  test('it stops with a reason once the least that it can do has not been little enough for half a minute', () => {
    let pace = calm(firstPace(1))
    let at = 0
    let why: string | undefined
    while (why === undefined && at < 10 * STRAIN_MS) {
      at += 100
      pace = afterPing(afterSlice(pace, pace.quantumMs), 8, at)
      why = whyStop(pace, at)
    }
    expect(why).toMatch(/7\.[0-9] ms longer than its quickest answer.*budget of 1 ms cannot be held/)
    expect(at).toBeGreaterThan(STRAIN_MS)
    expect(whyStop(calm(pace, 10), at)).toBeUndefined()
  })
})

test('whatever is measured, quantum, share and pause stay within their bounds', () => {
  const measure = fc.record({
    slice: fc.double({ min: 0, max: 1e4, noNaN: true }),
    ping: fc.double({ min: 0, max: 1e4, noNaN: true }),
  })
  fc.assert(
    fc.property(
      fc.double({ min: 0.05, max: 100, noNaN: true }),
      fc.array(measure, { maxLength: 100 }),
      (budget, all) => {
        let pace = firstPace(budget)
        for (const [i, { slice, ping }] of all.entries()) {
          pace = afterPing(afterSlice(pace, slice), ping, i * 100)
          expect(pace.quantumMs).toBeLessThanOrEqual(budget)
          expect(pace.quantumMs).toBeGreaterThan(0)
          expect(pace.duty).toBeGreaterThanOrEqual(0.05)
          expect(pace.duty).toBeLessThanOrEqual(0.9)
          expect(gapAfter(pace, slice)).toBeLessThanOrEqual(200)
        }
      },
    ),
  )
})
