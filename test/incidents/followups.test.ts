/** Impact in people's words, and what is left to do: by command and by form, two at once, strangers, restarts. */
import { afterEach, expect, it } from 'vitest'
import { followupsOf } from '../../src/ports/response.js'
import { eventually } from '../support/eventually.js'
import { command, refusedBySlack, timeline, whisper } from '../support/heard.js'
import { createStage, type Stage, type Thread } from '../support/stage.js'

let stage: Stage

afterEach(async () => {
  expect(refusedBySlack(stage)).toEqual([])
  await stage.close()
})

const type = (typed: string, user = stage.people.kim): Promise<string> => command(stage, user, typed)

async function calm(): Promise<Thread> {
  const thread = stage.say('checkout is broken')
  await thread.expect(/is paging Alex/)
  return thread
}

const DAY_MS = 86_400_000
const dayIn = (days: number): string => new Date(stage.clock.now() + days * DAY_MS).toISOString().slice(0, 10)

async function opened(user: string, callbackId: string) {
  return eventually(
    () => stage.slack.views(user).find((one) => one.open && one.callbackId === callbackId) ?? expect.unreachable(),
  )
}

async function fill(user: string, callbackId: string, values: Record<string, string>) {
  const { id } = await opened(user, callbackId)
  const named = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { [name]: value }]))
  return stage.slack.submit({ user, viewId: id, values: named })
}

const impacts = async () =>
  (await timeline(stage)).flatMap((fact) => (fact.kind === 'impact_noted' ? [[fact.text, fact.actor]] : []))
const followups = async () => followupsOf(await timeline(stage))

it('impact: by command and by form, on the card and in the thread, each later one adds', async () => {
  stage = await createStage()
  const { alex, kim } = stage.people
  const thread = await calm()
  expect(await type('/mayday impact')).toMatch(/There is no text; nothing was noted\. Say what users felt/)
  expect(await type(`/mayday impact ${'x'.repeat(3_001)}`)).toMatch(/more than 3000 characters; nothing was noted/)
  expect(await type('/mayday impact Cards fail for <everybody> @alex')).toBe(
    'The impact is on the card of emergency #1.',
  )
  await thread.expect(new RegExp(`^Impact, says <@${kim}>: Cards fail for`))
  await stage.bots[0]?.stop()
  await stage.bot()
  await thread.press('incident.details', alex)
  expect(JSON.stringify((await opened(alex, 'incident.details')).view)).toContain('What do users feel')
  await fill(alex, 'incident.details', { impact: ' R&D <!channel> cannot pay ', severity: '2' })
  await thread.expect(new RegExp(`^Impact, says <@${alex}>: R&amp;D &lt;!channel&gt; cannot pay$`))
  await thread.expect(/^Emergency #1, severity 2: .*Impact: R&amp;D &lt;!channel&gt; cannot pay\. \(And 1 earlier/)
  expect(await impacts()).toEqual([
    [expect.stringContaining('Cards fail'), `slack:${kim}`],
    ['R&amp;D &lt;!channel&gt; cannot pay', `slack:${alex}`],
  ])
  await thread.press('incident.details', kim)
  expect(JSON.stringify((await opened(kim, 'incident.details')).view)).toContain('initial_option')
  await fill(kim, 'incident.details', {})
  await whisper(stage, kim, /nothing was changed/i)
  // Also when it is over: most is known then. How bad it was is not changed any more.
  await thread.press('incident.resolve')
  await thread.expect(/^Emergency #1, severity 2: resolved/)
  expect(await type('/mayday impact #1 12 orders were lost')).toBe('The impact is on the card of emergency #1.')
  await thread.press('incident.details', kim)
  await fill(kim, 'incident.details', { severity: '1' })
  await whisper(stage, kim, /#1 is closed already; nothing was changed/)
  expect(await impacts()).toHaveLength(3)
})

it('follow-ups: with owner and date by command and by form, seen, done once, also when it is closed', async () => {
  stage = await createStage()
  const { alex, kim } = stage.people
  const thread = await calm()
  expect(await type('/mayday followup')).toMatch(/^Emergency #1 has no follow-ups\. Add one/)
  expect(await type(`/mayday followup @alex ${dayIn(9)} Alert on card failures`)).toBe(
    `Noted for emergency #1: <@${alex}> owns it until ${dayIn(9)}.`,
  )
  await thread.expect(
    new RegExp(
      `^☐ Open: follow-up 1, noted by <@${kim}>; <@${alex}> owns it until ${dayIn(9)}: Alert on card failures$`,
    ),
  )
  await thread.expect(/Emergency #1.*Open follow-ups: 1\. Alert on card failures/)
  await thread.press('incident.followup', kim)
  const late = await fill(kim, 'incident.followup', { what: 'Mend it', owner: kim, due: dayIn(-3) })
  expect(JSON.stringify(late)).toContain('This day is in the past.')
  await stage.bots[0]?.stop()
  await stage.bot()
  await fill(kim, 'incident.followup', { what: 'Mend <it>', owner: kim, due: dayIn(0) })
  await thread.expect(/^☐ Open: follow-up 2, .*: Mend &lt;it&gt;$/)
  await thread.press('incident.resolve')
  await thread.expect(/^Emergency #1: resolved/)
  expect(await type('/mayday followup #1 me tomorrow Write it up')).toMatch(/^Noted for emergency #1/)
  const { ts } = await thread.expect(/^☐ Open: follow-up 2,/)
  await stage.slack.press({ user: alex, channel: stage.channel, ts, actionId: 'incident.followup_done' })
  const done = await thread.expect(/^☑ Done: follow-up 2,/)
  expect(JSON.stringify(done.blocks ?? [])).not.toContain('incident.followup_done')
  await thread.expect(new RegExp(`^<@${alex}> says that follow-up 2 is done\\.$`))
  expect(await type('/mayday followup #1 done 2')).toBe('Follow-up 2 is done already; nothing was changed.')
  expect(await type('/mayday followup #1 done 9')).toBe('Emergency #1 has no follow-up 9; nothing was changed.')
  expect(await type('/mayday followup #1')).toBe(
    [
      'Follow-ups of emergency #1:',
      `☐ 1. Alert on card failures (<@${alex}>, due ${dayIn(9)})`,
      `☑ 2. Mend &lt;it&gt; (<@${kim}>, due ${dayIn(0)})`,
      `☐ 3. Write it up (<@${kim}>, due ${dayIn(1)})`,
    ].join('\n'),
  )
  await thread.expect(/Emergency #1: resolved.*Open follow-ups: 1\. .*; 3\. /)
})

it('what is no follow-up is said, and nothing is noted', async () => {
  stage = await createStage()
  await calm()
  for (const [typed, said] of [
    ['@alex 2031-01-31', /No follow-up was noted\. Usage/],
    ['someone 2031-01-31 mend it', /"someone" is nobody whom Slack knows; no follow-up was noted/],
    ['@alex 2031-02-30 mend it', /"2031-02-30" is no date; no follow-up was noted/],
    ['@alex soon mend it', /"soon" is no date/],
    ['@alex 2001-01-31 mend it', /2001-01-31 is in the past; no follow-up was noted/],
    [`@alex 5d ${'x'.repeat(3_001)}`, /more than 3000 characters; nothing was noted/],
    ['done', /No follow-up was noted\. Usage/],
  ] as const)
    expect(await type(`/mayday followup ${typed}`), typed).toMatch(said)
  expect(await followups()).toEqual([])
})

it('two at once get two numbers, and one tick is one; guests and strangers get nothing', async () => {
  stage = await createStage({ replicas: 2 })
  const { alex, kim, guest, stranger } = stage.people
  const thread = await calm()
  await Promise.all([type('/mayday followup me 5d One', alex), type('/mayday followup me 5d Other', kim)])
  expect((await followups()).map((one) => one.number)).toEqual([1, 2])
  const { ts } = await thread.expect(/^☐ Open: follow-up 1,/)
  const done = (user: string) =>
    stage.slack.press({ user, channel: stage.channel, ts, actionId: 'incident.followup_done' })
  await done(guest)
  await whisper(stage, guest, /Nothing was done: you are a guest/)
  await Promise.all([done(alex), done(kim)])
  await thread.expect(/^☑ Done: follow-up 1,/)
  expect((await timeline(stage)).filter((fact) => fact.kind === 'followup_done')).toHaveLength(1)
  for (const typed of ['impact all', 'followup', 'followup me 5d x', 'followup done 2'])
    expect(await type(`/mayday ${typed}`, guest)).toMatch(/you are a guest in this workspace/)
  await thread.press('incident.followup', stranger)
  await fill(stranger, 'incident.followup', { what: 'x', owner: stranger, due: dayIn(5) })
  await whisper(stage, stranger, /you belong to another workspace/)
  await thread.press('incident.details', guest)
  await fill(guest, 'incident.details', { impact: 'x', severity: '1' })
  await whisper(stage, guest, /you are a guest/)
  expect(await followups()).toMatchObject([{ done: true }, { done: false }])
  expect(await impacts()).toEqual([])
})

it('the review has roles, the measured mitigation, the impact and what is still to do', async () => {
  stage = await createStage()
  const { alex, kim } = stage.people
  const thread = await calm()
  await type('/mayday role commander', alex)
  stage.clock.forward('61s')
  await type('/mayday mitigated')
  await type('/mayday impact A & B could not pay')
  await type('/mayday followup me 5d Mend it')
  await type('/mayday followup @alex 5d Say sorry')
  await type('/mayday followup done 1')
  expect(await type('/mayday retro')).toMatch(/is in its thread/)
  const markdown = await eventually(
    () => stage.slack.uploads().find((one) => one.done)?.content ?? expect.unreachable(),
  )
  expect(markdown).toMatch(/## Roles\n\n- \d{4}-.* alex is commander\n/)
  expect(markdown).toMatch(/\| users no longer felt it \| \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \| 6\d s \|/)
  expect(markdown).toMatch(/## Impact\n\n- A & B could not pay \(kim, /)
  expect(markdown).toMatch(
    /\| 2 \| Say sorry \| alex \| \d{4}-\d\d-\d\d \| \*\*open\*\* \|\n\| 1 \| Mend it \| kim \|.*\| done \|/,
  )
  expect(thread.ts).toBeDefined()
  expect(kim).toBeDefined()
})
