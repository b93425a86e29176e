import { beforeAll, describe, expect, it } from 'vitest'
import { expectOnce, expectTruth } from '../support/crash.js'
import { fromPressToEnd, killAtEach, stepsOf } from '../support/crash-row.js'

// So many bots are started, killed and started again; never part of a claim.
const BUSY_MACHINE_MS = 400_000

describe('a bot that is killed while somebody acknowledges and resolves from Slack', () => {
  let steps: readonly string[]

  beforeAll(async () => {
    steps = await stepsOf(fromPressToEnd)
  }, BUSY_MACHINE_MS)

  it.each(['before', 'after'] as const)(
    'keeps what was pressed, killed %s any step of its store',
    async (side) => {
      expect(steps.length).toBeGreaterThan(20)
      const cuts = steps.map((_, index) => ({ at: index + 1, side }))
      const died = await killAtEach(cuts, fromPressToEnd, async ({ stage, thread }) => {
        await fromPressToEnd.walk(stage, thread, () => false)
        expect(stage.pagerduty.incidents()).toMatchObject([{ status: 'resolved' }])
        expectOnce(stage, thread)
        expectTruth(stage, thread)
      })
      // Several messages for Slack go out on one look or on two, so that not every run has the very last steps.
      expect(died.length).toBeGreaterThan(cuts.length * 0.7)
    },
    BUSY_MACHINE_MS,
  )
})
