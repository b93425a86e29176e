import { afterEach, expect, it } from 'vitest'
import { alexIsCalled, times } from '../paging/alex-is-called.js'
import { passing, quietly } from '../support/passing.js'
import type { Stage } from '../support/stage.js'
import { expectReply, expectTruth } from '../support/truth.js'

let stage: Stage

afterEach(() => stage.close())

const CHANGED = /The on-call changed\* from Alex Rivera to Kim Osei while emergency #1 is open/u

it('tells whoever goes on call what is known, open, held and whose, once for all replicas and across a restart', async () => {
  const begun = await alexIsCalled({
    replicas: 2,
    yaml: (people) => `paging: { contacts: [{ name: Kim Osei, phone: "+1 415 555 0102", slack: ${people.kim} }] }`,
  })
  stage = begun.stage
  const { thread } = begun
  const command = (text: string) =>
    stage.slack.slash({ user: stage.people.sam, channel: stage.channel, command: '/mayday', text })
  await command('severity 2')
  await command('impact nobody in <!channel> can pay')
  await thread.press('incident.commander', stage.people.sam)
  stage.slack.say({ channel: stage.channel, user: stage.people.alex, text: 'rolled back to 41', threadTs: thread.ts })
  await quietly(stage, '61s', 4)
  expect(times(thread, /The on-call changed/u)).toBe(0)

  // Mayday is down while the shift changes.
  await Promise.all(stage.bots.map((bot) => bot.stop()))
  stage.pagerduty.setOnCall([[stage.onCall.kim], [stage.onCall.alex]])
  stage.clock.forward('5m')
  await Promise.all([stage.bot(), stage.bot()])
  const note = await passing(stage, '20s', () => expectReply(thread, CHANGED))
  expect(note.text).toMatch(new RegExp(`^<@${stage.people.kim}> `, 'u'))
  for (const told of [
    /What it is\*: checkout fails for everybody/u,
    /severity 2/u,
    new RegExp(`commander: <@${stage.people.sam}>, scribe: nobody`, 'u'),
    /Impact\*:\n• nobody in @channel can pay/u,
    /: rolled back to 41/u,
    /Required steps that are open\*:\n• /u,
    /On hold or off\*: nothing, as far as Mayday knows/u,
    /Purges under way\*: none/u,
  ])
    expect(note.text).toMatch(told)
  await quietly(stage, '61s', 4)
  expect(times(thread, /The on-call changed/u)).toBe(1)

  stage.pagerduty.setOnCall([[stage.onCall.alex], [stage.onCall.kim]])
  await passing(stage, '20s', () => expectReply(thread, /from Kim Osei to Alex Rivera/u))
  await thread.press('incident.resolve')
  await passing(stage, '1s', () => expect(stage.pagerduty.incidents()[0]?.status).toBe('resolved'))
  stage.pagerduty.setOnCall([[stage.onCall.kim]])
  await quietly(stage, '61s', 4)
  expect(times(thread, /The on-call changed/u)).toBe(2)
  expectTruth(stage)
})
