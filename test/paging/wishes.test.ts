import { afterEach, describe, expect, it } from 'vitest'
import { eventually } from '../support/eventually.js'
import { passing, quietly } from '../support/passing.js'
import type { Stage, Thread } from '../support/stage.js'
import { expectReply, expectShout, expectTruth } from '../support/truth.js'
import { alexIsCalled } from './alex-is-called.js'

let stage: Stage

afterEach(() => stage.close())

async function begin(...how: Parameters<typeof alexIsCalled>): Promise<Thread> {
  const begun = await alexIsCalled(...how)
  stage = begun.stage
  return begun.thread
}

const incident = () => stage.pagerduty.incidents()[0]
const id = () => incident()?.id ?? ''
const actions = () => stage.pagerduty.events().map((event) => event.event_action)
const notes = () => incident()?.notes.map((note) => note.content)
/** Who stood in `From` of the writes to the incident, in order. */
const writers = () =>
  stage.pagerduty.requests({ path: `/incidents/${id()}`, method: 'PUT' }).map((request) => request.headers['from'])

describe('a person acknowledges in Slack', () => {
  it('and gets the credit in PagerDuty, where the e-mail is known', async () => {
    const thread = await begin()
    await thread.press('incident.ack')
    await passing(stage, '250ms', () =>
      expectReply(thread, new RegExp(`<@${stage.people.alex}> acknowledged the page`, 'u')),
    )
    expect(incident()).toMatchObject({ status: 'acknowledged', changedBy: { kind: 'user', id: 'PALEX01' } })
    expect(writers()).toEqual(['alex@example.com'])
    expect(actions()).toEqual(['trigger'])
    expectTruth(stage)
  })

  it('and is named in a note, where PagerDuty does not know the e-mail', async () => {
    const thread = await begin()
    await thread.press('incident.ack', stage.people.sam)
    await passing(stage, '250ms', () =>
      expectReply(thread, new RegExp(`<@${stage.people.sam}> acknowledged the page`, 'u')),
    )
    expect(incident()).toMatchObject({ status: 'acknowledged', changedBy: { kind: 'integration' } })
    expect(notes()).toEqual([expect.stringMatching(/^Acknowledged by .*[Ss]am.* from Slack\.$/u)])
    expect(actions()).toEqual(['trigger', 'acknowledge'])
    expect(writers()).toEqual([])
    expectTruth(stage)
  })

  it.each(['alex', 'sam'] as const)(
    'too late, as %s: what is resolved in PagerDuty is not opened again',
    async (name) => {
      const thread = await begin()
      stage.pagerduty.resolve(id(), stage.onCall.kim)
      await thread.press('incident.ack', stage.people[name])
      await passing(stage, '250ms', () => expectReply(thread, /Emergency #1: resolved by Kim Osei \(in PagerDuty\)/u))
      await quietly(stage, '20s', 5)
      expect(incident()).toMatchObject({ status: 'resolved', notified: [{ user: 'PALEX01' }] })
      expect(incident()?.log.filter((line) => line.summary === 'Reopened')).toEqual([])
      expectTruth(stage)
    },
  )

  it('while PagerDuty is down, is told so once, and it is carried over when PagerDuty is back', async () => {
    const thread = await begin()
    stage.pagerduty.outage(true)
    await thread.press('incident.ack')
    await passing(stage, '500ms', () =>
      expectReply(thread, /PagerDuty did not take the acknowledgement .* so it may go on calling/u),
    )
    await quietly(stage, '20s', 6)
    expect(thread.replies().filter((reply) => reply.text.includes('did not take the acknowledgement'))).toHaveLength(1)
    expect(incident()).toMatchObject({ status: 'triggered' })
    stage.pagerduty.outage(false)
    await passing(stage, '2s', () => expectReply(thread, /acknowledged the page/u))
    expect(incident()).toMatchObject({ status: 'acknowledged', changedBy: { kind: 'user', id: 'PALEX01' } })
    expectTruth(stage)
  })

  it('before PagerDuty has the page, and it is acknowledged as soon as it is there', async () => {
    const thread = await begin()
    await thread.press('incident.resolve')
    await eventually(() => expectReply(thread, /Emergency #1: resolved/u))
    stage.pagerduty.outage(true)
    const next = stage.say('it is back, and worse')
    await passing(stage, '500ms', () => expectShout(next, []))
    await next.press('incident.ack')
    await eventually(() => expectReply(next, new RegExp(`Emergency #2: <@${stage.people.alex}> is on it`, 'u')))
    stage.pagerduty.outage(false)
    await passing(stage, '2s', () => expect(stage.pagerduty.incidents()[1]).toMatchObject({ status: 'acknowledged' }))
    await quietly(stage, '20s', 5)
    expect(stage.pagerduty.incidents()).toHaveLength(2)
    expectTruth(stage)
  })
})

describe('a person closes the emergency in Slack', () => {
  it('and PagerDuty is resolved with their credit', async () => {
    const thread = await begin()
    await thread.press('incident.resolve')
    await passing(stage, '250ms', () =>
      expectReply(thread, new RegExp(`The page was resolved by <@${stage.people.alex}>`, 'u')),
    )
    expect(incident()).toMatchObject({ status: 'resolved', changedBy: { kind: 'user', id: 'PALEX01' } })
    expect(writers()).toEqual(['alex@example.com'])
  })

  it('as a false alarm: the thread says after how long and who was called already, PagerDuty has a note', async () => {
    const thread = await begin()
    stage.clock.forward('40s')
    await thread.press('incident.false_alarm', stage.people.sam)
    const reply = await passing(stage, '250ms', () => expectReply(thread, /False alarm, says/u))
    expect(reply.text).toMatch(
      new RegExp(`<@${stage.people.sam}>, 4\\d s after the page. PagerDuty was already paging \\*Alex Rivera`, 'u'),
    )
    await eventually(() => expectReply(thread, /Emergency #1: false alarm, closed by/u))
    await eventually(() => expect(notes()).toContainEqual(expect.stringMatching(/^False alarm, says .*[Ss]am/u)))
    expect(incident()).toMatchObject({ status: 'resolved' })
    expectTruth(stage)
  })

  it('while PagerDuty is down, and it is carried over', async () => {
    const thread = await begin()
    stage.pagerduty.outage(true)
    await thread.press('incident.resolve')
    await passing(stage, '500ms', () =>
      expectReply(thread, /PagerDuty did not take the resolution .* so it may go on calling/u),
    )
    stage.pagerduty.outage(false)
    await passing(stage, '2s', () => expectReply(thread, /The page was resolved by/u))
    expect(incident()).toMatchObject({ status: 'resolved' })
    expectTruth(stage)
  })
})
