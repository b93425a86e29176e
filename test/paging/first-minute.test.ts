import { afterEach, describe, expect, it } from 'vitest'
import { eventually } from '../support/eventually.js'
import { createStage, type Stage } from '../support/stage.js'

let stage: Stage

afterEach(() => stage.close())

describe('Mayday ends within a minute of its very first start', () => {
  it('a message posted while it was down is found by the next start and pages', async () => {
    stage = await createStage()
    await stage.bots[0]?.stop()
    const missed = stage.say('checkout is broken', { deliver: false })
    await stage.bot()
    await eventually(() => expect(stage.pagerduty.events().map((event) => event.dedup_key)).toEqual([missed.key]))
  })

  it('what was in the channel before its first start is history and pages nobody', async () => {
    stage = await createStage({ started: false })
    stage.say('an old emergency', { deliver: false })
    stage.clock.forward('5m')
    const bot = await stage.bot()
    await bot.stop()
    const missed = stage.say('checkout is broken', { deliver: false })
    await stage.bot()
    await eventually(() => expect(stage.pagerduty.events().map((event) => event.dedup_key)).toEqual([missed.key]))
  })
})
