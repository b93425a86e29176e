/** Steps that facts tick, what the room asks of its own accord, and what blocks the review: at the wire. */
import { afterEach, describe, expect, it } from 'vitest'
import { createChecklists } from '../../src/checklists/runs.js'
import type { Fact, FactBody, IncidentId } from '../../src/incidents/incident.js'
import { eventually } from '../support/eventually.js'
import { command, refusedBySlack, timeline, whisper } from '../support/heard.js'
import { createStage, type Stage, type Thread } from '../support/stage.js'

let stage: Stage

afterEach(() => stage.close())

async function opened(text = 'checkout is broken'): Promise<Thread> {
  stage = await createStage()
  const thread = stage.say(text)
  await thread.expect(/is paging Alex/)
  await thread.expect(/^Checklist On-call: /)
  return thread
}

const ON_CALL = /^Checklist On-call: /
const blocksOf = async (thread: Thread, title = ON_CALL): Promise<string> =>
  JSON.stringify((await thread.expect(title)).blocks)

/** What another room writes on the timeline. */
let written = 0
async function happens(body: FactBody): Promise<Fact> {
  written += 1
  const head = { id: `test-${written}`, incidentId: 1 as IncidentId, at: stage.clock.now(), actor: 'mayday' } as const
  const fact: Fact = { ...head, ...body }
  await stage.bots[0]?.ports.store.facts.append(fact)
  return fact
}

/** The room as the terminal has it, on the same store. */
function room() {
  const ports = stage.bots.at(-1)?.ports ?? expect.unreachable()
  return createChecklists({ ...ports, changed: () => undefined, posted: () => undefined })
}

async function press(thread: Thread, action: string, value: string, user = stage.people.alex) {
  const { ts } = await thread.expect(ON_CALL)
  return stage.slack.press({ user, channel: stage.channel, ts, actionId: `checklist.${action}`, value })
}

describe('a fact', () => {
  it('ticks the step that waits for it and says why, and opens it again when it is so no more', async () => {
    const thread = await opened()
    const [incident] = stage.pagerduty.incidents()
    stage.pagerduty.acknowledge(incident?.id ?? '', stage.onCall.alex)
    stage.clock.forward('30s')
    await thread.expect(/^Checklist On-call: 1 of 13 done/)
    expect(await blocksOf(thread)).toMatch(
      /\*Done\* 1\. Acknowledge, Mayday at <!date[^>]*>, because PagerDuty says that Alex Rivera took the page/,
    )
    const [ticked] = (await timeline(stage)).filter((fact) => fact.kind === 'step_done')
    expect(ticked).toMatchObject({
      step: 'acknowledge',
      actor: 'mayday',
      because: expect.stringContaining('Alex Rivera'),
    })
    await happens({ kind: 'page_unacknowledged', page: pageOf(await timeline(stage)) })
    await thread.expect(/^Checklist On-call: 0 of 13 done/)
    expect((await timeline(stage)).at(-1)).toMatchObject({
      kind: 'step_undone',
      because: 'PagerDuty says that nobody has the page any more',
    })
  })

  it('that came before a checklist is started counts; one that is over does not', async () => {
    const thread = await opened()
    await happens({ kind: 'purge_held', target: 'push', held: 5 })
    await happens({ kind: 'purge_done', purge: 3, target: 'push', removed: 9, remaining: 0 })
    await happens({ kind: 'purge_done', purge: 4, target: 'push-delivery', removed: 9, remaining: 2 })
    await command(stage, stage.people.kim, '/incident-checklist start push-notifications')
    const push = /^Checklist Unwanted push notifications: 2 of 13 done/
    const shown = await blocksOf(thread, push)
    expect(shown).toContain('because delivery of push was put on hold')
    expect(shown).toContain('because purge 3 of push was verified: none of what was planned is left')
    await happens({ kind: 'purge_released', target: 'push', released: 5, arrived: 0 })
    await thread.expect(/^Checklist Unwanted push notifications: 3 of 13 done/)
    await happens({ kind: 'purge_held', target: 'push', held: 5 })
    await thread.expect(/^Checklist Unwanted push notifications: 2 of 13 done/)
    expect(await blocksOf(thread, push)).toContain('2. Hold delivery, Mayday')
  })

  it('is not drawn twice: what a person opened again stays open, what a person ticked stays ticked', async () => {
    const thread = await opened()
    const fact = await happens({ kind: 'severity_set', severity: 2 })
    await thread.expect(/^Checklist On-call: 1 of 13 done/)
    await press(thread, 'undo', '1-on-call:severity')
    await thread.expect(/^Checklist On-call: 0 of 13 done/)
    await room().follow(fact)
    expect(await blocksOf(thread)).toMatch(/☐ \*3\. Find out who is hurt/)
    await press(thread, 'done', '1-on-call:severity')
    await thread.expect(/^Checklist On-call: 1 of 13 done/)
    await happens({ kind: 'severity_set', severity: 1 })
    await happens({ kind: 'page_unacknowledged', page: pageOf(await timeline(stage)) })
    expect(await blocksOf(thread)).toContain(`<@${stage.people.alex}>`)
  })
})

/** Waits until the room has looked around once more; were there another nudge, it would be there before what follows it. */
async function nudgedAgain(thread: Thread): Promise<boolean> {
  await room().askAround()
  await press(thread, 'done', '1-on-call:evidence')
  await thread.expect(/^Checklist On-call: 1 of 13 done/)
  return thread.history().filter((text) => /that nobody has/.test(text)).length !== 1
}

function pageOf(facts: readonly Fact[]) {
  return facts.flatMap((fact) => ('page' in fact ? [fact.page] : []))[0] ?? expect.unreachable()
}

describe('required steps that nobody has', () => {
  it('are asked about once, five minutes after the start, also across a restart; one press takes them all', async () => {
    const thread = await opened()
    stage.clock.forward('4m')
    await press(thread, 'done', '1-on-call:say-so')
    await thread.expect(/^Checklist On-call: 1 of 13 done/)
    expect(thread.history().filter((text) => /nobody has/.test(text))).toEqual([])
    await stage.bots[0]?.stop()
    stage.clock.forward('61s')
    await stage.bot()
    const nudge = await thread.expect(/5 min into "On-call" there are 4 required steps that nobody has:/)
    expect(nudge.text).toMatch(
      /• Find out who is hurt.*\n• Contain before you cure\n• Post an update.*\n• See for yourself.*\nWho takes them\?/,
    )
    // "Tell the users" has an owner by its file, "Say in this thread" is done.
    expect(nudge.text).not.toMatch(/Tell the users|Say in this thread/)
    const { kim, alex } = stage.people
    const take = { channel: stage.channel, ts: nudge.ts, actionId: 'checklist.take' }
    await stage.slack.press({ user: kim, ...take })
    await whisper(stage, kim, /^4 steps with you now/)
    await eventually(async () => expect(await blocksOf(thread)).toContain(`With <@${kim}>`))
    await stage.slack.press({ user: alex, ...take })
    await whisper(stage, alex, /Somebody has them all/)
    await press(thread, 'undo', '1-on-call:say-so')
    await thread.expect(/^Checklist On-call: 0 of 13 done/)
    stage.clock.forward('20m')
    await stage.bots.at(-1)?.stop()
    await stage.bot()
    stage.clock.forward('20m')
    await eventually(() => expect(stage.slack.sockets()).toBeGreaterThan(0))
    expect(await nudgedAgain(thread)).toBe(false)
    expect(refusedBySlack(stage)).toEqual([])
  })

  it('of a closed emergency are not', async () => {
    const thread = await opened()
    await thread.press('incident.resolve')
    await thread.expect(/was closed, but/)
    stage.clock.forward('10m')
    stage.clock.forward('10m')
    const second = stage.say('something else')
    await second.expect(ON_CALL)
    stage.clock.forward('6m')
    await second.expect(/that nobody has/)
    expect(thread.replies().filter((one) => /that nobody has/.test(one.text))).toEqual([])
  })
})

describe('telling the users', () => {
  it('is asked for at the end with a person and a day, blocks the review, is late once, and then is done', async () => {
    const thread = await opened()
    const { kim } = stage.people
    const due = new Date(stage.clock.now() + 2 * 86_400_000).toISOString().slice(0, 10)
    await thread.press('incident.resolve')
    const asked = await thread.expect(/was closed, but 6 required steps are still open/)
    expect(asked.text).toContain(
      `"Tell the users who were hit" blocks the review of this emergency until it is done. For: Support, or you at night, by ${due}.`,
    )
    expect(await command(stage, kim, '/mayday retro done 1')).toContain(
      '"Tell the users who were hit" (Support, or you at night)',
    )
    const button = { channel: stage.channel, ts: asked.ts, value: '1-on-call:tell-users' }
    await stage.slack.press({ user: kim, ...button, actionId: 'checklist.assign' })
    const view = await eventually(() => stage.slack.views(kim).find((one) => one.open) ?? expect.unreachable())
    expect(JSON.stringify(view.view)).toContain(`"initial_date":"${due}"`)
    const tomorrow = new Date(stage.clock.now() + 86_400_000).toISOString().slice(0, 10)
    await stage.slack.submit({
      ...{ user: kim, viewId: view.id },
      values: { assignee: { assignee: kim }, due: { due: tomorrow } },
    })
    await eventually(async () => expect(await blocksOf(thread)).toContain(`With <@${kim}>, by ${tomorrow}`))
    expect((await timeline(stage)).findLast((fact) => fact.kind === 'step_assigned')).toMatchObject({ due: tomorrow })
    stage.clock.forward('70h')
    const late = await thread.expect(
      /"Tell the users who were hit" of "On-call" was to be done by .* and is still open/,
    )
    expect(late.text).toContain(`<@${kim}> has it.`)
    stage.clock.forward('24h')
    await stage.slack.press({ user: kim, ...button, ts: late.ts, actionId: 'checklist.done' })
    await eventually(async () => expect(await blocksOf(thread)).toContain(`Tell the users who were hit, <@${kim}>`))
    expect(await command(stage, kim, '/mayday retro done 1')).not.toContain('Tell the users')
    await eventually(async () => expect((await timeline(stage)).at(-1)?.kind).toBe('incident_reviewed'))
    expect(thread.replies().filter((one) => /was to be done by/.test(one.text))).toHaveLength(1)
    expect(refusedBySlack(stage)).toEqual([])
  })
})
