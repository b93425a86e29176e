/** The checklists of an emergency from a terminal, while Slack is the outage, and beside a bot on the same store. */
import { userInfo } from 'node:os'
import { expect, onTestFinished, test } from 'vitest'
import { createStage } from '../support/stage.js'
import { startDesk, terminalBeside, typed } from './rig.js'

const slackless = { SLACK_BOT_TOKEN: undefined, SLACK_APP_TOKEN: undefined }
const me = userInfo().username

test('a whole checklist without Slack: started, ticked, skipped, assigned, taken back, shown', async () => {
  const desk = await startDesk()
  const type = (...argv: string[]) => desk.type(['checklist', ...argv], slackless)
  expect(await type('start', 'first-steps')).toMatchObject({
    exit: 2,
    err: ['mayday: No emergency is open; say which one with --incident NUMBER; nothing was done.', expect.anything()],
  })
  await desk.type(['page', 'push is down'], slackless)
  expect((await type('show')).text).toMatch(/No checklist runs in emergency #1\.\nmayday checklist start NAME/)
  expect(await type('start', 'frist-steps')).toMatchObject({
    exit: 1,
    err: [
      expect.stringMatching(/no checklist "frist-steps"; nothing was started/),
      expect.stringMatching(/Did you mean/),
    ],
  })
  expect((await type('start', 'first-steps')).out).toEqual([
    'First steps in emergency #1: 0 of 2 done',
    '  1. [ ] Look at the dashboards (look, required)',
    '        Type: open dash',
    '  2. [ ] Tell the others (tell)',
  ])
  expect((await type('tick', 'look')).out).toEqual([
    'First steps in emergency #1: 1 of 2 done',
    '  1. [x] Look at the dashboards (look, required)',
    expect.stringMatching(new RegExp(`^ {8}By ${me} at 20.* UTC$`)),
    '  2. [ ] Tell the others (tell)',
  ])
  const twice = await type('tick', '1')
  expect(twice.exit).toBe(1)
  expect(twice.text).toMatch(/^Nothing was done: "Look at the dashboards" was already done by .* \(at a terminal\) at/)
  expect((await type('assign', 'first-steps', 'tell', '--to', 'Kim', '--due', '2027-01-31')).text).toMatch(
    /\[ \] Tell the others \(tell\)\n {8}With Kim\n {8}By 2027-01-31$/,
  )
  expect((await type('skip', 'tell')).text).toMatch(/Say why with --reason/)
  expect((await type('skip', 'tell', '--reason', 'they know')).text).toMatch(
    /1 of 2 done, 1 skipped\n[\s\S]*\[-\] Tell the others \(tell\)\n {8}By .* because: they know$/,
  )
  expect((await type('undo', '2')).text).toMatch(/1 of 2 done\n/)
  const shown = await desk.type(['checklist', 'show', 'first-steps', '--incident', '1', '--json'], slackless)
  expect(shown.json()).toMatchObject({
    incident: 1,
    runs: [
      {
        checklist: 'first-steps',
        steps: [
          { id: 'look', state: { status: 'done', by: `terminal:${me}` } },
          { id: 'tell', state: { status: 'open' }, assignee: 'terminal:Kim', due: '2027-01-31' },
        ],
      },
    ],
  })
  expect((await desk.type(['checklist', 'tick', 'look', '--json'], slackless)).json()).toMatchObject({
    refused: expect.stringContaining('already done'),
  })
})

test('what cannot be meant is said, with what can', async () => {
  const desk = await startDesk()
  await desk.type(['page', 'push is down'], slackless)
  await desk.type(['checklist', 'start', 'first-steps'], slackless)
  const said = async (...argv: string[]) => (await desk.type(['checklist', ...argv], slackless)).text
  expect(await said('tick', 'lok')).toMatch(/There is no step "lok" in first-steps; nothing was done/)
  expect(await said('tick', 'heroku', 'look')).toMatch(
    /"heroku" does not run in this emergency.* There are: first-steps/,
  )
  expect(await said('tick', 'look', '--incident', '7')).toMatch(/There is no emergency "7" in this store/)
  expect(await said('assign', 'look', '--to', 'me', '--due', '2027-02-30')).toMatch(/2027-02-30 is not a day/)
  await desk.type(['page', 'mail is down'], slackless)
  expect(await said('tick', 'look')).toMatch(/2 emergencies are open; say which one with --incident NUMBER/)
  expect(await said('tick', 'look', '--incident', '#1')).toMatch(/1 of 2 done/)
  // A fault in a file keeps nobody from ticking what runs.
  desk.checklist('broken.yml', 'name: [')
  expect(await said('undo', 'look', '--incident', '1')).toMatch(/0 of 2 done/)
})

test('a bot on the same store shows in Slack what was ticked at a terminal', async () => {
  const stage = await createStage()
  onTestFinished(() => stage.close())
  const thread = stage.say('checkout is broken')
  await thread.expect(/^Checklist On-call: 0 of 13/)
  const env = terminalBeside(stage)
  expect(await typed(['checklist', 'tick', 'say-so'], env)).toMatchObject({ exit: 0 })
  expect(await typed(['checklist', 'assign', 'updates', '--to', stage.people.kim], env)).toMatchObject({ exit: 0 })
  const card = await thread.expect(/^Checklist On-call: 1 of 13 done/)
  expect(JSON.stringify(card.blocks)).toContain(`2. Say in this thread that you are on it, ${me} (at a terminal)`)
  await expect
    .poll(async () => JSON.stringify((await thread.expect(/^Checklist On-call/)).blocks))
    .toContain(`With <@${stage.people.kim}>`)
})
