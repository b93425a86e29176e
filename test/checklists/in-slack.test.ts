import { afterEach, describe, expect, it } from 'vitest'
import type { SimMessage } from '../../src/simulator/slack/types.js'
import { eventually } from '../support/eventually.js'
import { timeline, whisper } from '../support/heard.js'
import { createStage, type Stage, type Thread } from '../support/stage.js'

let stage: Stage

afterEach(() => stage.close())

async function calmThread(text = 'checkout is broken'): Promise<Thread> {
  const thread = stage.say(text)
  await thread.expect(/is paging Alex/)
  await card(thread, 'On-call')
  return thread
}

/** The message of a running checklist. */
function card(thread: Thread, title: string): Promise<SimMessage> {
  return thread.expect(new RegExp(`^Checklist ${title}: `))
}

/** Presses a button of one step, by the step's id. */
async function onStep(thread: Thread, action: string, step: string, user = stage.people.alex, stale = false) {
  const { ts } = await card(thread, 'On-call')
  const { channel } = stage
  const value = `1-on-call:${step}`
  return stage.slack.press({ user, channel, ts, actionId: `checklist.${action}`, value, stale })
}

/** The form that the last press opened for this person. */
function form(user = stage.people.alex) {
  return eventually(() => {
    const view = stage.slack.views(user).find((one) => one.open)
    expect(view, 'no form is open').toBeDefined()
    return { user, viewId: view?.id ?? '' }
  })
}

const shownBlocks = (message: SimMessage): string => JSON.stringify(message.blocks)

describe('the on-call checklist', () => {
  it('stands in the thread of every emergency as a message of its own', async () => {
    stage = await createStage()
    const thread = await calmThread()
    const checklist = await card(thread, 'On-call')
    const incident = await thread.expect(/Emergency #1/)
    expect(checklist.ts).not.toBe(incident.ts)
    expect(checklist.text).toMatch(
      /0 of 13 done.*Next is step 1, "Acknowledge".*Required and open: "Say in this thread/,
    )
    stage.clock.forward('11m')
    const second = stage.say('something else')
    await card(second, 'On-call')
    expect(thread.replies().filter((reply) => /^Checklist On-call/.test(reply.text))).toHaveLength(1)
  })

  it('is ticked: who and when are on it, and on the timeline', async () => {
    stage = await createStage()
    const thread = await calmThread()
    await onStep(thread, 'done', 'acknowledge')
    await thread.expect(/^Checklist On-call: 1 of 13 done.*Next is step 2/)
    expect(shownBlocks(await card(thread, 'On-call'))).toMatch(
      new RegExp(`\\*Done\\* 1\\. Acknowledge, <@${stage.people.alex}> at <!date`),
    )
    expect(await timeline(stage)).toContainEqual(
      expect.objectContaining({ kind: 'step_done', step: 'acknowledge', actor: `slack:${stage.people.alex}` }),
    )
  })

  it('a step is skipped only with a reason', async () => {
    stage = await createStage()
    const thread = await calmThread()
    await onStep(thread, 'skip', 'severity')
    const open = await form()
    expect(await stage.slack.submit({ ...open, values: { reason: { reason: '' } } })).toMatchObject({
      error: 'missing_required',
    })
    // Blanks pass Slack's own check, not Mayday's.
    await stage.slack.submit({ ...open, values: { reason: { reason: '   ' } } })
    await eventually(() =>
      expect(stage.slack.views(stage.people.alex)[0]?.errors).toEqual({ reason: expect.stringMatching(/say why/) }),
    )
    await thread.expect(/^Checklist On-call: 0 of 13 done\./)
    await stage.slack.submit({ ...open, values: { reason: { reason: 'nobody is hurt' } } })
    await thread.expect(/^Checklist On-call: 0 of 13 done, 1 skipped/)
    expect(shownBlocks(await card(thread, 'On-call'))).toContain('nobody is hurt')
    expect(stage.slack.views(stage.people.alex)[0]?.open).toBe(false)
    expect(await timeline(stage)).toContainEqual(
      expect.objectContaining({ kind: 'step_skipped', step: 'severity', reason: 'nobody is hurt' }),
    )
  })

  it('a step is given to somebody', async () => {
    stage = await createStage()
    const thread = await calmThread()
    await onStep(thread, 'assign', 'updates')
    await stage.slack.submit({ ...(await form()), values: { assignee: { assignee: stage.people.kim } } })
    await eventually(async () =>
      expect(shownBlocks(await card(thread, 'On-call'))).toContain(`With <@${stage.people.kim}>`),
    )
    expect(await timeline(stage)).toContainEqual(
      expect.objectContaining({ kind: 'step_assigned', assignee: `slack:${stage.people.kim}` }),
    )
  })

  it('a step can be taken back', async () => {
    stage = await createStage()
    const thread = await calmThread()
    await onStep(thread, 'done', 'acknowledge')
    await thread.expect(/1 of 13 done/)
    await onStep(thread, 'undo', 'acknowledge', stage.people.kim)
    await thread.expect(/0 of 13 done/)
    expect(await timeline(stage)).toContainEqual(
      expect.objectContaining({ kind: 'step_undone', actor: `slack:${stage.people.kim}` }),
    )
  })

  it('survives a restart of Mayday, and goes on', async () => {
    stage = await createStage()
    const thread = await calmThread()
    const { alex, kim } = stage.people
    await onStep(thread, 'done', 'acknowledge')
    await thread.expect(/1 of 13 done/)
    await onStep(thread, 'skip', 'severity')
    await stage.slack.submit({ ...(await form()), values: { reason: { reason: 'clear already' } } })
    await onStep(thread, 'assign', 'updates')
    await stage.slack.submit({ ...(await form()), values: { assignee: { assignee: kim } } })
    await thread.expect(/1 of 13 done, 1 skipped/)
    await stage.bots[0]?.stop()
    await stage.bot()
    await eventually(() => expect(stage.slack.sockets()).toBeGreaterThan(0))
    await onStep(thread, 'done', 'say-so', kim)
    await thread.expect(/2 of 13 done, 1 skipped/)
    const blocks = shownBlocks(await card(thread, 'On-call'))
    expect(blocks).toContain(`*Done* 1. Acknowledge, <@${alex}>`)
    expect(blocks).toContain('clear already')
    expect(blocks).toContain(`With <@${kim}>`)
    await onStep(thread, 'undo', 'severity', kim)
    await thread.expect(/2 of 13 done\./)
    expect(thread.replies().filter((reply) => /^Checklist On-call/.test(reply.text))).toHaveLength(1)
  })

  it('two people press one step: the second is told who did it', async () => {
    stage = await createStage()
    const thread = await calmThread()
    const { alex, kim } = stage.people
    await Promise.all([onStep(thread, 'done', 'acknowledge', alex), onStep(thread, 'done', 'acknowledge', kim)])
    const told = await eventually(() => {
      const all = [...stage.slack.ephemerals(alex), ...stage.slack.ephemerals(kim)]
      expect(all).toHaveLength(1)
      return all[0]
    })
    const winner = told?.user === alex ? kim : alex
    expect(told?.text).toMatch(new RegExp(`"Acknowledge" was already done by <@${winner}> at `))
    await thread.expect(/1 of 13 done/)
    const facts = (await timeline(stage)).filter((fact) => fact.kind === 'step_done')
    expect(facts).toMatchObject([{ actor: `slack:${winner}` }])
  })

  it('somebody whose card lags behind is told the same, in the form too', async () => {
    stage = await createStage()
    const thread = await calmThread()
    const { alex, kim } = stage.people
    await onStep(thread, 'skip', 'contain', kim)
    const late = await form(kim)
    await onStep(thread, 'done', 'contain', alex)
    await thread.expect(/1 of 13 done/)
    await onStep(thread, 'done', 'contain', kim, true)
    await whisper(stage, kim, /"Contain before you cure" was already done by/)
    await stage.slack.submit({ ...late, values: { reason: { reason: 'no need' } } })
    await eventually(() =>
      expect(stage.slack.views(kim)[0]?.errors).toEqual({ reason: expect.stringMatching(/already done by/) }),
    )
    await thread.expect(/1 of 13 done\./)
  })

  it('closing the emergency with required steps open names them and asks', async () => {
    stage = await createStage()
    const thread = await calmThread()
    for (const step of ['say-so', 'severity', 'contain', 'updates']) await onStep(thread, 'done', step)
    await thread.expect(/4 of 13 done/)
    await thread.press('incident.resolve')
    const asked = await thread.expect(/was closed, but 2 required steps are still open/)
    expect(asked.text).toMatch(
      /• On-call: See for yourself that users are well again\n• On-call: Tell the users who were hit\n.*tick or skip/,
    )
    expect(asked.text).not.toContain('Call for help')
  })

  it('a false alarm asks for no steps', async () => {
    stage = await createStage()
    const thread = await calmThread()
    await thread.press('incident.false_alarm')
    await thread.expect(/false alarm, closed/)
    await thread.expect(/False alarm, says/)
    expect(thread.history().filter((text) => /still open/.test(text))).toEqual([])
  })
})

describe('a checklist that fits the message', () => {
  it('is offered on the card and started once, whoever presses and however often', async () => {
    stage = await createStage()
    const thread = await calmThread('everybody gets push notifications sent twice')
    const { alex, kim } = stage.people
    const offered = await thread.expect(/Emergency #1/)
    await eventually(async () =>
      expect(shownBlocks(await thread.expect(/Emergency #1/))).toContain('Start checklist: push-notifications'),
    )
    const press = { channel: stage.channel, ts: offered.ts, actionId: 'checklist.start', value: '1:push-notifications' }
    await Promise.all([stage.slack.press({ ...press, user: alex }), stage.slack.press({ ...press, user: kim })])
    await card(thread, 'Unwanted push notifications')
    await eventually(async () =>
      expect(shownBlocks(await thread.expect(/Emergency #1/))).not.toContain('Start checklist: push-notifications'),
    )
    await stage.slack.press({ ...press, user: kim, stale: true })
    await eventually(() => expect(stage.slack.unacked()).toBe(0))
    const started = (await timeline(stage)).filter((fact) => fact.kind === 'checklist_started')
    expect(started.map((fact) => ('checklist' in fact ? fact.checklist : ''))).toEqual([
      'on-call',
      'push-notifications',
    ])
    expect(thread.replies().filter((reply) => /^Checklist Unwanted push/.test(reply.text))).toHaveLength(1)
  })
})
