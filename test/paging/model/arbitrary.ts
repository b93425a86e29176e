import fc from 'fast-check'
import type { Deed, Night, Phase } from './night.js'
import type { Way } from './pager.js'

export const WAYS: readonly Way[] = ['ok', 'retry', 'slow down', 'lost before', 'lost after', 'refused', 'forbidden']
/** Nobody does anything. */
export const QUIET: readonly Deed['do'][] = ['webhook', 'crash']
export const ANY: readonly Deed['do'][] = [
  ...QUIET,
  'acknowledge in Slack',
  'resolve in Slack',
  'acknowledge in PagerDuty',
  'resolve in PagerDuty',
  'acknowledgement times out',
  'fold into another incident',
]

const phase: fc.Arbitrary<Phase> = fc.record({
  ms: fc.integer({ min: 500, max: 120_000 }),
  events: fc.constantFrom(...WAYS),
  rest: fc.constantFrom(...WAYS),
  called: fc.constantFrom('somebody', 'somebody', 'nobody'),
  queueMs: fc.constantFrom(50, 2_000, 90_000),
  latencyMs: fc.constantFrom(30, 1_000, 11_000),
})

/** A night with up to five kinds of trouble, and people who do any of these. */
export const nightOf = (
  deeds: readonly Deed['do'][],
  reads: fc.Arbitrary<boolean> = fc.boolean(),
): fc.Arbitrary<Night> =>
  fc.record({
    phases: fc.array(phase, { maxLength: 5 }),
    deeds: fc.array(fc.record({ at: fc.integer({ min: 0, max: 600_000 }), do: fc.constantFrom(...deeds) }), {
      maxLength: 4,
    }),
    reads,
    login: fc.boolean(),
    seed: fc.integer(),
  })
