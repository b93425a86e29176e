import { afterEach, describe, expect, it } from 'vitest'
import { eventually } from '../support/eventually.js'
import { passing, quietly } from '../support/passing.js'
import { createStage, type Stage } from '../support/stage.js'
import { CALL_LIST, CONTACTS, expectReply, expectShout, expectTruth, knowsOnCall } from '../support/truth.js'

let stage: Stage

afterEach(() => stage.close())

const REST = /^\/(?!v2\/)/u

describe('PagerDuty takes pages and cannot be read', () => {
  it.each([
    { name: '503', fault: { status: 503, body: '<html></html>' } },
    { name: '401', fault: { status: 401 } },
    { name: 'resets', fault: { reset: true } },
  ])('$name: says that it cannot see, not that there is nothing', async ({ fault }) => {
    stage = await createStage({ yaml: CONTACTS })
    await knowsOnCall(stage)
    const lift = stage.pagerduty.fault({ match: REST, ...fault })
    const thread = stage.say('checkout fails for everybody')
    await eventually(() => expectReply(thread, /PagerDuty accepted the page/u))
    const shout = await passing(stage, '5s', () => expectShout(thread, CALL_LIST))
    expect(shout).toMatch(/PagerDuty accepted the page, but does not let Mayday see what became of it \(/u)
    await passing(stage, '5s', () =>
      expectReply(thread, /in Slack after 2 min; whether somebody did in PagerDuty, Mayday cannot see/u),
    )
    expect(thread.history().join('\n')).not.toMatch(/made no incident|is paging/u)

    lift()
    await passing(stage, '1s', () => expectReply(thread, /got through after all: PagerDuty is paging \*Alex Rivera\*/u))
    await quietly(stage, '20s', 4)
    expect(stage.pagerduty.incidents()).toMatchObject([{ createdVia: 'events' }])
    expectTruth(stage)
  })

  it('after it was confirmed: an acknowledgement that cannot be seen is not denied', async () => {
    stage = await createStage({ yaml: CONTACTS })
    const thread = stage.say('checkout fails for everybody')
    await eventually(() => expectReply(thread, /is paging Alex Rivera/u))
    const lift = stage.pagerduty.fault({ match: REST, status: 503 })
    stage.pagerduty.acknowledge(stage.pagerduty.incidents()[0]?.id ?? '', stage.onCall.alex)
    await passing(stage, '5s', () =>
      expectReply(thread, /in Slack after 2 min; whether somebody did in PagerDuty, Mayday cannot see/u),
    )
    expect(thread.history().join('\n')).not.toContain('Nobody has acknowledged the page after')
    lift()
    await passing(stage, '2s', () => expectReply(thread, /Alex Rivera \(in PagerDuty\) acknowledged the page/u))
    expectTruth(stage)
  })
})
