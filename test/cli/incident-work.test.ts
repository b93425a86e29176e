/** The work on an emergency from a terminal: PagerDuty is told from here, and whoever has this shell may do it. */
import { userInfo } from 'node:os'
import { expect, onTestFinished, test } from 'vitest'
import { createStage } from '../support/stage.js'
import { startDesk, terminalBeside, typed } from './rig.js'

const slackless = { SLACK_BOT_TOKEN: undefined, SLACK_APP_TOKEN: undefined }
const me = userInfo().username

test('taken and closed in PagerDuty without Slack and without a bot; done twice is said', async () => {
  const desk = await startDesk()
  const type = (...argv: string[]) => desk.type(['incidents', ...argv], slackless)
  await desk.type(['page', 'push is down'], slackless)
  expect(await type('ack', '1')).toMatchObject({
    exit: 0,
    err: [],
    out: ['You are on emergency #1.', 'PagerDuty shows it as acknowledged.', expect.stringMatching(/says it in Slack/)],
  })
  expect(desk.pagerDuty.incidents()).toMatchObject([{ status: 'acknowledged' }])
  expect(JSON.stringify(desk.pagerDuty.requests())).toContain(`Acknowledged by ${me} at a terminal.`)
  expect(await type('ack', '#1')).toMatchObject({
    exit: 1,
    err: ['Somebody is on emergency #1 already; nothing was changed.'],
    out: ['PagerDuty shows it as acknowledged.'],
  })
  expect((await type()).out[1]).toMatch(new RegExp(`#1 {2}${me} is on it`))
  expect((await type('resolve', '1', '--false-alarm', '--json')).json()).toEqual({
    incident: 1,
    result: 'done',
    state: 'resolved',
    said: 'Emergency #1 is closed.',
    pager: 'Nothing of it is open in PagerDuty any more.',
  })
  expect(desk.pagerDuty.incidents()).toMatchObject([{ status: 'resolved' }])
  expect((await type('ack', '1', '--json')).json()).toMatchObject({
    result: 'refused',
    said: 'Emergency #1 is closed already; nothing was changed.',
    pager: 'No page of it is open in PagerDuty.',
  })
  expect((await type('list')).text).toMatch(/#1 {2}false alarm/)
})

test('PagerDuty is away: said, with what may go on, and typed again it is carried there', async () => {
  const desk = await startDesk()
  await desk.type(['page', 'push is down'], slackless)
  desk.pagerDuty.outage(true)
  const away = await desk.type(['incidents', 'ack', '1', '--wait', '1s'], slackless)
  expect(away).toMatchObject({ exit: 1, out: ['You are on emergency #1.', expect.anything()] })
  expect(away.err).toEqual([
    expect.stringMatching(/PagerDuty does not have it yet \(HTTP 503.*\), so it may go on calling/),
  ])
  expect(desk.pagerDuty.incidents()).toMatchObject([{ status: 'triggered' }])
  desk.pagerDuty.outage(false)
  const again = await desk.type(['incidents', 'ack', '1'], slackless)
  expect(again).toMatchObject({ exit: 0, out: ['PagerDuty shows it as acknowledged.'] })
  expect(desk.pagerDuty.incidents()).toMatchObject([{ status: 'acknowledged' }])
})

test('without a REST key nothing is said to be seen; in shadow mode nothing is told', async () => {
  const desk = await startDesk()
  const blind = { ...slackless, PAGERDUTY_API_TOKEN: undefined, PAGERDUTY_FROM_EMAIL: undefined }
  await desk.type(['page', 'push is down'], blind)
  expect((await desk.type(['incidents', 'ack', '1'], blind)).out[1]).toMatch(/took it; without PAGERDUTY_API_TOKEN/)
  expect((await desk.type(['incidents', 'resolve', '1'], blind)).out[1]).toMatch(/took it; without PAGERDUTY_API_TOKEN/)
  expect(desk.pagerDuty.incidents()).toMatchObject([{ status: 'resolved' }])
  desk.configure('paging: {mode: shadow}\n')
  await desk.type(['page', 'mail is down', '--wait', '1s'], slackless)
  expect((await desk.type(['incidents', 'ack', '2'], slackless)).out[1]).toMatch(/^Shadow mode: nobody was paged/)
  expect(desk.pagerDuty.incidents()).toHaveLength(1)
})

test('roles, mitigation, severity, impact, notes and follow-ups, and all of it in one view', async () => {
  const desk = await startDesk()
  const type = async (...argv: string[]) => (await desk.type(['incidents', ...argv], slackless)).text
  await desk.type(['page', 'push & mail are <down>'], slackless)
  expect(await type('role', '1')).toBe('commander: nobody, scribe: nobody')
  expect(await type('role', '1', 'commander')).toMatch(/^You are the commander of emergency #1\.\n/)
  expect(await type('role', '1', 'Commander')).toBe('You are the commander of emergency #1 already.')
  expect(await type('role', '1', 'scribe', 'off')).toBe('Nobody is scribe; nothing was changed.')
  expect(await type('severity', '1', '2')).toMatch(/^Emergency #1 has severity 2 now\.\n/)
  expect(await type('mitigated', '1')).toMatch(/^Emergency #1 is mitigated: users no longer feel it\./)
  expect(await type()).toMatch(/#1 {2}mitigated, nobody has taken it/)
  expect(await type('mitigated', '1', 'off')).toMatch(/is felt by users again/)
  expect(await type('mitigated', '1')).toMatch(/is mitigated/)
  expect(await type('impact', '1', 'R&D', 'cannot', '<pay>')).toMatch(/^Noted as the impact of emergency #1\.\n/)
  expect(await type('note', '1', 'rolled back')).toMatch(/^Noted on the timeline of emergency #1\.\n/)
  expect(await type('followup', '1')).toBe('Emergency #1 has no follow-ups.')
  expect(await type('followup', '1', 'Kim', '2031-01-31', 'Mend', 'it')).toMatch(
    /^Noted for emergency #1: Kim \(at a terminal\) owns it until 2031-01-31\.\n/,
  )
  expect(await type('followup', '1', 'me', '5d', 'Write it up')).toMatch(/^Noted for emergency #1/)
  expect(await type('followup', '1', 'done', '2')).toMatch(/^Follow-up 2 of emergency #1 is done\.\n/)
  expect(await type('followup', '1', 'done', '2')).toBe('Follow-up 2 is done already; nothing was changed.')
  expect(await type('followup', '1')).toMatch(/^\[ \] 1\. Mend it \(Kim, due 2031-01-31\)\n\[x\] 2\. Write it up/)
  const shown = await type('show', '1')
  for (const words of [
    'Emergency #1: push & mail are <down>',
    `on it: nobody; severity: 2; commander: ${me}, scribe: nobody`,
    `mitigated, says ${me}, since`,
    'page: confirmed',
    'impact: R&D cannot <pay>',
    'follow-up [ ] 1. Mend it',
    `${me}: rolled back`,
    `${me}: noted the impact: R&D cannot <pay>`,
  ])
    expect(shown).toContain(words)
  expect((await desk.type(['incidents', 'show', '1', '--json'], slackless)).json()).toMatchObject({
    id: 1,
    state: 'mitigated',
    roles: { commander: `terminal:${me}` },
    impacts: ['R&amp;D cannot &lt;pay&gt;'],
    followups: [
      { number: 1, done: false },
      { number: 2, done: true },
    ],
    timeline: expect.arrayContaining([expect.objectContaining({ actor: `terminal:${me}`, sentence: 'rolled back' })]),
  })
})

test('what cannot be meant is said and changes nothing; who may not, is told who may', async () => {
  const desk = await startDesk()
  await desk.type(['page', 'push is down'], slackless)
  for (const [argv, exit, said] of [
    [['explode', '1'], 2, /"explode 1" is not known here; nothing was done/],
    [['ack'], 2, /Say which emergency, by its number, behind ack/],
    [['ack', 'push'], 2, /Say which emergency/],
    [['ack', '1', 'now'], 2, /is not known here/],
    [['ack', '7'], 1, /There is no emergency #7 in this store; nothing was done/],
    [['ack', '1', '--wait', 'long'], 2, /--wait long is not a time from 1s to 15m; nothing was done/],
    [['severity', '1', '9'], 2, /from 1 \(worst\) to 5; nothing was done/],
    [['role', '1', 'king'], 2, /no role "king", only commander and scribe/],
    [['mitigated', '1', 'perhaps'], 2, /is not known here/],
    [['note', '1'], 2, /is not known here/],
    [['impact', '1', 'x'.repeat(3_001)], 1, /more than 3000 characters; nothing was noted/],
    [['followup', '1', 'Kim', 'soon', 'mend it'], 2, /"soon" is no date/],
    [['followup', '1', 'Kim', '2001-01-01', 'mend it'], 2, /2001-01-01 is in the past/],
    [['followup', '1', 'done', 'all'], 2, /Say which follow-up is done/],
    [['followup', '1', 'done', '3'], 1, /has no follow-up 3; nothing was changed/],
  ] as const) {
    const answer = await desk.type(['incidents', ...argv], slackless)
    expect(answer.text, argv.join(' ')).toMatch(said)
    expect(answer.exit, argv.join(' ')).toBe(exit)
  }
  desk.configure('permissions: {purge: {users: ["terminal:somebody-else"]}}\n')
  // Anybody who may post may work on an emergency, and who may purge is another question.
  expect((await desk.type(['incidents', 'note', '1', 'rolled back'], slackless)).exit).toBe(0)
  expect(desk.pagerDuty.incidents()).toMatchObject([{ status: 'triggered' }])
})

test('beside a bot on the same store: Slack shows it, and PagerDuty is told who', async () => {
  const stage = await createStage()
  onTestFinished(() => stage.close())
  const thread = stage.say('checkout is broken')
  await thread.expect(/is paging Alex/)
  const env = terminalBeside(stage)
  expect(await typed(['incidents', 'ack', '1'], env)).toMatchObject({ exit: 0, err: [] })
  await thread.expect(new RegExp(`^Emergency #1: ${me} \\(at a terminal\\) is on it`))
  expect(await typed(['incidents', 'role', '1', 'scribe'], env)).toMatchObject({ exit: 0 })
  await thread.expect(new RegExp(`^${me} \\(at a terminal\\) is scribe now\\.$`))
  expect(await typed(['incidents', 'resolve', '1'], env)).toMatchObject({ exit: 0, err: [] })
  await thread.expect(/^Emergency #1: resolved by/)
  const notes = stage.pagerduty
    .requests()
    .flatMap((one) => /\w+ by [^"]* at a terminal\./u.exec(JSON.stringify(one.body)) ?? [])
  // The bot and the terminal may both be at it; what is so already is not undone.
  expect([...new Set(notes)]).toEqual([`Acknowledged by ${me} at a terminal.`, `Resolved by ${me} at a terminal.`])
})
