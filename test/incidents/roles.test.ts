/** Roles and mitigation: by command and by button, two people at once, strangers, a restart in between. */
import { afterEach, expect, it } from 'vitest'
import { eventually } from '../support/eventually.js'
import { command, refusedBySlack, timeline, whisper } from '../support/heard.js'
import { createStage, type Stage, type Thread } from '../support/stage.js'

let stage: Stage

afterEach(async () => {
  expect(refusedBySlack(stage)).toEqual([])
  await stage.close()
})

const type = (typed: string, user = stage.people.kim): Promise<string> => command(stage, user, typed)

async function calm(text = 'checkout is broken'): Promise<Thread> {
  const thread = stage.say(text)
  await thread.expect(/is paging Alex/)
  return thread
}

const kinds = async (...wanted: readonly string[]) =>
  (await timeline(stage)).filter((fact) => wanted.includes(fact.kind)).map(({ kind, actor }) => [kind, actor])

it('a role is taken, taken over and given up, by button and by command, across a restart', async () => {
  stage = await createStage()
  const { alex, kim } = stage.people
  const thread = await calm()
  expect(await type('/mayday role')).toBe('Emergency #1. Commander: nobody. Scribe: nobody.')
  await thread.press('incident.commander', alex)
  await thread.expect(new RegExp(`^<@${alex}> is commander now\\.$`))
  await thread.expect(new RegExp(`Commander: <@${alex}>\\. Scribe: nobody\\.`))
  await stage.bots[0]?.stop()
  await stage.bot()
  expect(await type('/mayday role commander')).toBe('You are the commander of emergency #1.')
  await thread.expect(new RegExp(`^<@${kim}> is commander now, after <@${alex}>\\.$`))
  expect(await type('/mayday role commander')).toBe('You are the commander of emergency #1 already.')
  expect(await type('/mayday role scribe off')).toBe('Nobody is scribe; nothing was changed.')
  expect(await type('/mayday role commander off', alex)).toBe(
    `You are not the commander; <@${kim}> is. Nothing was changed.`,
  )
  await thread.expect(new RegExp(`Commander: <@${kim}>`))
  // The button gives it up for the one who has it, and says so before.
  const card = await thread.expect(/^Emergency #1/)
  expect(JSON.stringify(card.blocks)).toContain('If it is you, you give it up.')
  await thread.press('incident.commander', kim)
  await thread.expect(new RegExp(`^<@${kim}> gave up being commander; nobody is\\.$`))
  expect(await type('/mayday role #1 SCRIBE')).toBe('You are the scribe of emergency #1.')
  expect(await type('/mayday role #1 scribe off')).toBe('You are no longer the scribe of emergency #1.')
  expect(await type('/mayday role king')).toMatch(/There is no role "king"; nothing was changed/)
  expect(await type('/mayday role commander of all')).toMatch(/There is no role "commander of all"/)
  expect(await type('/mayday role #9 commander')).toBe('There is no emergency #9; nothing was done.')
  expect(await kinds('role_claimed', 'role_given_up')).toEqual([
    ['role_claimed', `slack:${alex}`],
    ['role_claimed', `slack:${kim}`],
    ['role_given_up', `slack:${kim}`],
    ['role_claimed', `slack:${kim}`],
    ['role_given_up', `slack:${kim}`],
  ])
})

it('two people press at once: one has it, the other is told who; nobody is put out by an old card', async () => {
  stage = await createStage({ replicas: 2 })
  const { alex, kim, sam } = stage.people
  const thread = await calm()
  const { ts } = await thread.expect(/^Emergency #1/)
  const press = (user: string, value: string) =>
    stage.slack.press({ user, channel: stage.channel, ts, actionId: 'incident.commander', value })
  await Promise.all([press(alex, '1:nobody'), press(kim, '1:nobody')])
  await eventually(async () => expect(await kinds('role_claimed')).toHaveLength(1))
  const [, holder = ''] = (await kinds('role_claimed'))[0] ?? []
  const [winner, loser] = holder === `slack:${alex}` ? [alex, kim] : [kim, alex]
  await whisper(stage, loser, new RegExp(`It changed while you looked: <@${winner}> is commander now\\. Nothing`))
  await eventually(async () => {
    const card = await thread.expect(new RegExp(`Commander: <@${winner}>`))
    expect(JSON.stringify(card.blocks)).toContain(`"value":"1:slack:${winner}"`)
  })
  // Both see the winner and want to take over: only one of them puts somebody out.
  await Promise.all([press(loser, `1:slack:${winner}`), press(sam, `1:slack:${winner}`)])
  await eventually(async () => expect(await kinds('role_claimed')).toHaveLength(2))
  const second = (await kinds('role_claimed'))[1]?.[1] === `slack:${sam}` ? sam : loser
  await whisper(stage, second === sam ? loser : sam, new RegExp(`<@${second}> is commander now\\. Nothing was done`))
  await thread.expect(new RegExp(`^<@${second}> is commander now, after <@${winner}>\\.$`))
  expect(await kinds('role_claimed', 'role_given_up')).toHaveLength(2)
})

it('mitigated: said by button and by command, once, taken back, and not what closes it', async () => {
  stage = await createStage()
  const { alex, kim } = stage.people
  const thread = await calm()
  await thread.press('incident.mitigated', alex)
  await thread.expect(new RegExp(`^<@${alex}> says that users no longer feel it\\. The cause may still be there\\.$`))
  await thread.expect(new RegExp(`^Emergency #1: .*Mitigated: <@${alex}> says since .* that users no longer feel it`))
  expect(stage.pagerduty.incidents()).toMatchObject([{ status: 'triggered' }])
  await stage.bots[0]?.stop()
  await stage.bot()
  expect(await type('/mayday mitigated')).toBe('Emergency #1 is mitigated already; nothing was changed.')
  expect(await type('/mayday status')).toMatch(/mitigated, nobody has taken it/)
  // Still nobody is known to be on it: the button stays.
  await thread.press('incident.ack', alex)
  await thread.expect(new RegExp(`^Emergency #1: <@${alex}> is on it`))
  expect(await type('/mayday status')).toMatch(new RegExp(`mitigated, <@${alex}> is on it`))
  await thread.press('incident.unmitigated', kim)
  await thread.expect(new RegExp(`^<@${kim}> says that users feel it again\\. Nobody new was paged by this`))
  expect(await type('/mayday mitigated off')).toBe('Emergency #1 is not said to be mitigated; nothing was changed.')
  expect(await type('/mayday mitigated perhaps')).toMatch(/Nothing was changed\. Usage/)
  expect(await type('/mayday mitigated')).toMatch(/^Emergency #1 is mitigated: users no longer feel it\. PagerDuty was/)
  expect(await type('/mayday mitigated off')).toMatch(/felt by users again\. Nobody new was paged/)
  await thread.press('incident.resolve', alex)
  await thread.expect(/^Emergency #1: resolved/)
  for (const typed of ['mitigated #1', 'mitigated #1 off', 'role #1 scribe', 'role #1 scribe off'])
    expect(await type(`/mayday ${typed}`)).toBe('Emergency #1 is closed already; nothing was changed.')
  expect(await kinds('incident_mitigated', 'mitigation_withdrawn')).toEqual([
    ['incident_mitigated', `slack:${alex}`],
    ['mitigation_withdrawn', `slack:${kim}`],
    ['incident_mitigated', `slack:${kim}`],
    ['mitigation_withdrawn', `slack:${kim}`],
  ])
})

it('with two open nothing is guessed; guests and strangers change nothing, and it is recorded', async () => {
  stage = await createStage({ mode: 'http' })
  const { guest, stranger } = stage.people
  const thread = await calm()
  for (const typed of ['role commander', 'role', 'mitigated', 'mitigated off', 'role scribe off'])
    expect(await type(`/mayday ${typed}`, guest)).toMatch(/^Nothing was done: you are a guest in this workspace/)
  for (const action of ['incident.mitigated', 'incident.commander', 'incident.scribe'])
    await thread.press(action, stranger)
  await eventually(async () => expect(await kinds('refused')).toHaveLength(8))
  await whisper(stage, stranger, /Nothing was done: you belong to another workspace/)
  stage.clock.forward('11m')
  await stage.say('mail is down').expect(/is paging Alex/)
  for (const typed of ['role commander', 'mitigated'])
    expect(await type(`/mayday ${typed}`)).toMatch(/^2 emergencies are open; nothing was done\. Say which/)
  expect(await kinds('role_claimed', 'incident_mitigated')).toEqual([])
  expect(await type('/mayday mitigated #2')).toMatch(/Emergency #2 is mitigated/)
})
