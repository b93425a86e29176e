import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { systemClock } from '../../src/adapters/system.js'
import { isAhead, setBack } from '../../src/paging/page/set-back.js'
import { eventually } from '../support/eventually.js'
import { timeline } from '../support/heard.js'
import { passing } from '../support/passing.js'
import { createStage, type Stage } from '../support/stage.js'
import { expectReply } from '../support/truth.js'

let stage: Stage | undefined

afterEach(async () => {
  vi.useRealTimers()
  await stage?.close()
  stage = undefined
})

/** A page that has failed once, by a clock that is an hour ahead. */
async function failing(): Promise<Stage> {
  const night = await createStage()
  stage = night
  night.clock.forward('1h')
  night.pagerduty.outage(true)
  night.say('the site is down')
  const [bot] = night.bots
  await eventually(async () => expect((await bot?.ports.store.pages.followed())?.[0]?.failure).toBeDefined())
  return night
}

describe('a clock that is set back an hour', () => {
  it('keeps no page from its next attempt', async () => {
    const night = await failing()
    night.clock.back('1h')
    night.pagerduty.outage(false)
    await passing(night, '1s', () => expect(night.pagerduty.incidents()).toHaveLength(1))
  })

  it('keeps none either when the bot is restarted meanwhile', async () => {
    const night = await failing()
    await night.bots[0]?.stop()
    night.clock.back('1h')
    night.pagerduty.outage(false)
    await night.bot()
    await passing(night, '1s', () => expect(night.pagerduty.incidents()).toHaveLength(1))
  })

  it('does not put off what happens when nobody acknowledges', async () => {
    const night = await createStage()
    stage = night
    night.clock.forward('1h')
    const thread = night.say('the site is down')
    await eventually(() => expectReply(thread, /is paging Alex/u))
    night.clock.back('1h')
    await eventually(async () => {
      const pages = await night.bots[0]?.ports.store.pages.followed()
      expect(pages?.[0]?.watch.since).toBeLessThanOrEqual(night.clock.now())
    })
    night.clock.forward('2m')
    await eventually(async () => expect((await timeline(night)).map((fact) => fact.kind)).toContain('page_reminded'))
  })

  it('leaves no time of a page in the future, and changes nothing else', async () => {
    const night = await failing()
    const page = (await night.bots[0]?.ports.store.pages.followed())?.[0]
    if (page === undefined) throw new TypeError('there is no page')
    const at = fc.integer({ min: 0, max: 2_000_000 })
    const wish = fc.record({ by: fc.constant('slack:U1' as const), name: fc.string(), at, sentAt: at })
    const times = fc.record({ requestedAt: at, acceptedAt: at, createTriedAt: at, seenAt: at, notBefore: at })
    fc.assert(
      fc.property(times, at, wish, (own, since, wantsAcknowledge) => {
        const late = { ...page, ...own, wantsAcknowledge, watch: { since, remindedAt: 5 } }
        const now = 1_000_000
        const back = setBack(late, now)
        expect(isAhead(back, now)).toBe(false)
        const found = [...Object.keys(own).map((key) => back[key as keyof typeof own]), back.watch.since]
        expect(found.every((time) => (time ?? 0) <= now)).toBe(true)
        expect(back.wantsAcknowledge?.sentAt).toBeLessThanOrEqual(now)
        expect(back.watch.remindedAt).toBe(5)
        expect(setBack(back, now)).toEqual(back)
        if (!isAhead(late, now - 10_000)) expect(setBack(late, 2_000_000)).toEqual(late)
      }),
    )
  })
})

describe('a deadline that is further away than a timer of Node reaches', () => {
  it('does not come at once, and comes', () => {
    vi.useFakeTimers()
    const run = vi.fn()
    const cancelled = vi.fn()
    systemClock.after(60 * 86_400_000, run)
    const cancel = systemClock.after(60 * 86_400_000, cancelled)
    vi.advanceTimersByTime(30 * 86_400_000)
    cancel()
    expect(run).not.toHaveBeenCalled()
    vi.advanceTimersByTime(30 * 86_400_000)
    expect(run).toHaveBeenCalledOnce()
    expect(cancelled).not.toHaveBeenCalled()
  })
})
