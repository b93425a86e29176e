import { beforeAll, describe, expect, it } from 'vitest'
import { expectOnce, expectTruth } from '../support/crash.js'
import { fromMessageToPage, fromPressToEnd, killAtEach, stepsOf } from '../support/crash-row.js'

// So many bots are started, killed and started again; never part of a claim.
const BUSY_MACHINE_MS = 400_000

describe('a bot that is killed between a message and its confirmed page', () => {
  let steps: readonly string[]

  beforeAll(async () => {
    steps = await stepsOf(fromMessageToPage)
  }, BUSY_MACHINE_MS)

  it.each(['before', 'after'] as const)(
    'pages once and ends well, killed %s any step of its store',
    async (side) => {
      expect(steps.length).toBeGreaterThan(20)
      const cuts = steps.map((_, index) => ({ at: index + 1, side }))
      const died = await killAtEach(cuts, fromMessageToPage, async ({ stage, thread }) => {
        await fromMessageToPage.walk(stage, thread, () => false)
        expectOnce(stage, thread)
        await fromPressToEnd.walk(stage, thread, () => false)
        expect(stage.pagerduty.incidents()).toMatchObject([{ status: 'resolved' }])
        expectOnce(stage, thread)
        expectTruth(stage, thread)
      })
      expect(died).toHaveLength(cuts.length)
      expect(died).toContain('inbox.claim')
    },
    BUSY_MACHINE_MS,
  )
})
