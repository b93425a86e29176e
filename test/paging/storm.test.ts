import { afterEach, describe, expect, it } from 'vitest'
import { eventually } from '../support/eventually.js'
import { passing, quietly } from '../support/passing.js'
import { createStage, type Stage } from '../support/stage.js'
import { expectReply, expectTruth, wordings } from '../support/truth.js'

let stage: Stage

afterEach(() => stage.close())

const summaries = () => stage.pagerduty.incidents().map((incident) => incident.title)
const triggers = () => stage.pagerduty.events().filter((event) => event.event_action === 'trigger')

describe('many messages about one emergency', () => {
  it('join it within the window, and the on-call reads them in PagerDuty', async () => {
    stage = await createStage()
    const first = stage.say('checkout fails for everybody')
    await eventually(() => expectReply(first, /is paging Alex Rivera/u))
    stage.clock.forward('40s')
    const second = stage.say('payments too & <refunds>', { user: stage.people.kim })
    const joined = await eventually(() =>
      expectReply(second, /This was added to emergency <[^>]*\|#1> \(paged \d+ s ago, not acknowledged\)/u),
    )
    expect(joined.text).toContain('It does not page again by itself')
    await eventually(() => expectReply(first, /Emergency #1: .* 1 more message joined it/u))
    await eventually(() =>
      expect(stage.pagerduty.incidents()[0]?.notes).toMatchObject([
        { content: 'Also posted: payments too & <refunds>' },
      ]),
    )
    await quietly(stage, '10s', 4)
    expect(stage.pagerduty.incidents()).toHaveLength(1)
    expect(triggers()).toHaveLength(1)
    expectTruth(stage)
  })

  it('stay together while they come within the window of the last one, and open a new one after it', async () => {
    stage = await createStage({ yaml: 'paging: { remind_after: 5h, escalate_after: 6h, backstop_after: 7h }' })
    const first = stage.say('checkout fails for everybody')
    await eventually(() => expectReply(first, /is paging Alex Rivera/u))
    for (const text of ['still failing', 'and still']) {
      stage.clock.forward('9m')
      const next = stage.say(text)
      await eventually(() => expectReply(next, /was added to emergency/u))
    }
    stage.clock.forward('11m')
    const other = stage.say('the database is gone')
    await eventually(() => expectReply(other, /Emergency #2: PagerDuty opened .* is paging/u))
    expect(triggers().map((event) => event.dedup_key)).toEqual([first.key, other.key])
    expectTruth(stage)
  })

  it('open a new one when the last is resolved', async () => {
    stage = await createStage()
    const first = stage.say('checkout fails for everybody')
    await eventually(() => expectReply(first, /is paging Alex Rivera/u))
    await first.press('incident.resolve')
    await eventually(() => expectReply(first, /Emergency #1: resolved by/u))
    await eventually(() => expect(stage.pagerduty.incidents()).toMatchObject([{ status: 'resolved' }]))
    const other = stage.say('it is back')
    await eventually(() => expectReply(other, /Emergency #2: PagerDuty opened/u))
    expect(stage.pagerduty.incidents()).toMatchObject([{ status: 'resolved' }, { status: 'triggered' }])
  })

  it('page again, with its own words and address, when one says that it is a different emergency', async () => {
    stage = await createStage()
    const first = stage.say('checkout fails for everybody')
    await eventually(() => expectReply(first, /is paging Alex Rivera/u))
    const second = stage.say('the office is on fire')
    await eventually(() => expectReply(second, /If it is a different emergency, press Page again/u))
    await second.press('incident.page_again', stage.people.sam)
    await eventually(() => expect(summaries()).toEqual(['checkout fails for everybody', 'the office is on fire']))
    const [, again] = triggers()
    expect(again?.client_url).toContain(`/p${second.ts.replace('.', '')}`)
    expect(again?.dedup_key).not.toBe(second.key)
    await passing(stage, '250ms', () => expectReply(first, /Paged again: PagerDuty opened .* is paging Alex Rivera/u))
    expectTruth(stage)
  })
})

describe('more pages than a minute may have', () => {
  it('the sixth joins and says why, nobody is paged by a press, and a minute later a press pages', async () => {
    stage = await createStage({ yaml: 'paging: { join_window: 0s }' })
    const threads = [1, 2, 3, 4, 5].map((n) => stage.say(`emergency number ${n}`))
    for (const thread of threads)
      await eventually(() => expectReply(thread, /PagerDuty opened .* is paging Alex Rivera/u))
    const sixth = stage.say('emergency number 6')
    await eventually(() =>
      expectReply(sixth, /Mayday has paged as often as it may in one minute, so this was added to emergency/u),
    )
    await sixth.press('incident.page_again', stage.people.sam)
    await eventually(() => {
      const [whisper] = stage.slack.ephemerals(stage.people.sam)
      expect(whisper?.text).toMatch(/nobody was paged by this press. Wait a minute, or call by phone/u)
    })
    expect(triggers()).toHaveLength(5)

    stage.clock.forward('61s')
    await sixth.press('incident.page_again', stage.people.sam)
    await eventually(() => expect(summaries()).toContain('emergency number 6'))
    await quietly(stage, '10s', 3)
    expect([...new Set(summaries())]).toHaveLength(6)
    expect(triggers()).toHaveLength(6)
    expectTruth(stage)
  })
})

describe('a different emergency under one that is over', () => {
  it('is not paged by the old button, and the person is told what pages', async () => {
    stage = await createStage()
    const first = stage.say('checkout fails for everybody')
    await first.expect(/is paging/u)
    const second = stage.say('and the search is down')
    await eventually(() => expectReply(second, /was added to emergency/u))
    await first.press('incident.resolve')
    await eventually(() => expectReply(first, /Emergency #1: resolved by/u))
    await second.press('incident.page_again', stage.people.sam)
    await eventually(() =>
      expect(stage.slack.ephemerals(stage.people.sam).at(-1)?.text).toMatch(
        /is closed, so nobody was paged. Post it again in the emergency channel: that pages at once/u,
      ),
    )
    expect(triggers()).toHaveLength(1)
  })
})

describe('shadow mode', () => {
  const SHADOW = 'paging: { mode: shadow }\nteams: { dba: { escalation_policy: PABC123 } }'

  it('calls nobody and says so on the card, in the thread, to who joins and to who asks for a page', async () => {
    stage = await createStage({ yaml: SHADOW })
    const first = stage.say('checkout fails for everybody')
    await eventually(() => expectReply(first, /Emergency #1: shadow mode: nobody has been called/u))
    await eventually(() => expectReply(first, /Shadow mode: Mayday would have paged now. \*Nobody has been called/u))
    const second = stage.say('payments too')
    await eventually(() => expectReply(second, /was added to emergency .*shadow mode: nobody was paged/u))
    await second.press('incident.page_again', stage.people.sam)
    await eventually(() =>
      expect(stage.slack.ephemerals(stage.people.sam).at(-1)?.text).toMatch(/Shadow mode: nobody was paged/u),
    )
    await stage.slack.slash({
      user: stage.people.sam,
      channel: stage.channel,
      command: '/mayday',
      text: 'page dba help',
    })
    await eventually(() => expect(stage.slack.ephemerals(stage.people.sam)).toHaveLength(2))
    expect(stage.slack.ephemerals(stage.people.sam).at(-1)?.text).toMatch(/Shadow mode: nobody was paged/u)

    await quietly(stage, '1m', 15)
    await first.press('incident.ack')
    await eventually(() => expectReply(first, /is on it/u))
    await first.press('incident.resolve')
    await eventually(() => expectReply(first, /Emergency #1: resolved by/u))
    expect(stage.pagerduty.incidents()).toEqual([])
    expect(stage.pagerduty.requests().filter((request) => request.method !== 'GET')).toEqual([])
    for (const { text } of wordings(stage)) expect(text).not.toMatch(/is paging|accepted|got through|<!channel>/u)
  })
})
