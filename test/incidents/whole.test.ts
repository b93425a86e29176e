/** A whole emergency by clicks alone, by both ways in which Slack delivers, with a restart before every step. */
import { afterEach, describe, expect, it } from 'vitest'
import { followupsOf } from '../../src/ports/response.js'
import { eventually } from '../support/eventually.js'
import { refusedBySlack, timeline, whisper } from '../support/heard.js'
import { createStage, type Stage, type Thread } from '../support/stage.js'

let stage: Stage

afterEach(() => stage.close())

const DUE = '2031-01-31'
const CHECKLIST = /^Checklist On-call: /

async function restart(): Promise<void> {
  await stage.bots.at(-1)?.stop()
  const bot = await stage.bot()
  await eventually(async () => expect(await bot.app.health()).toEqual([]))
}

async function fill(user: string, values: Readonly<Record<string, string>>): Promise<void> {
  const view = await eventually(() => stage.slack.views(user).find((one) => one.open) ?? expect.unreachable())
  const named = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { [name]: value }]))
  expect(await stage.slack.submit({ user, viewId: view.id, values: named })).toEqual({ acked: true })
}

const doneIn = (text: string): number => Number(/: (\d+) of 13 done/.exec(text)?.[1])

/** Ticks the first step that is open; false: none is. */
async function tickNext(thread: Thread, user: string): Promise<boolean> {
  const { ts, text, blocks } = await thread.expect(CHECKLIST)
  const value =
    /"action_id":"checklist\.done"[^[\]]*?"value":"([^"]+)"|"value":"([^"]+)"[^[\]]*?"action_id":"checklist\.done"/u
  const found = value.exec(JSON.stringify(blocks))
  const step = found?.[1] ?? found?.[2]
  if (step === undefined) return false
  await stage.slack.press({ user, channel: stage.channel, ts, actionId: 'checklist.done', value: step })
  await eventually(async () => expect(doneIn((await thread.expect(CHECKLIST)).text)).toBeGreaterThan(doneIn(text)))
  return true
}

async function everyStep(thread: Thread, user: string): Promise<void> {
  while (await tickNext(thread, user));
}

const click = async (thread: Thread, actionId: string, user: string): Promise<void> => {
  expect(await thread.press(actionId, user)).toMatchObject({ acked: true })
}

/** What people do, one click after the other, and what the thread then shows. */
function story(thread: Thread): readonly (readonly [() => Promise<unknown>, RegExp])[] {
  const { alex, kim, sam } = stage.people
  return [
    [() => click(thread, 'incident.ack', alex), new RegExp(`^Emergency #1: <@${alex}> is on it`)],
    [() => click(thread, 'incident.commander', kim), new RegExp(`Commander: <@${kim}>\\. Scribe: nobody\\.`)],
    [() => click(thread, 'incident.scribe', sam), new RegExp(`Commander: <@${kim}>\\. Scribe: <@${sam}>\\.`)],
    [
      async () => {
        await click(thread, 'incident.details', sam)
        await fill(sam, { impact: 'Nobody can pay', severity: '2' })
      },
      /^Emergency #1, severity 2: .*Impact: Nobody can pay/,
    ],
    [() => tickNext(thread, alex), /^Checklist On-call: 3 of 13 done/],
    [
      async () => {
        await click(thread, 'checklist.skip', alex)
        await fill(alex, { reason: 'it is clear what broke' })
      },
      /3 of 13 done, 1 skipped/,
    ],
    [() => click(thread, 'incident.mitigated', alex), /^Emergency #1.*Mitigated: <@\w+> says since/],
    [
      async () => {
        await click(thread, 'incident.followup', kim)
        await fill(kim, { what: 'Alert on failed payments', owner: sam, due: DUE })
      },
      /^☐ Open: follow-up 1, /,
    ],
    [() => click(thread, 'incident.resolve', alex), /^Emergency #1, severity 2: resolved/],
    [() => everyStep(thread, kim), /^Checklist On-call: 12 of 13 done, 1 skipped/],
    [() => click(thread, 'incident.retro', kim), /^The review of emergency #1 is above/],
    [
      async () => {
        await click(thread, 'incident.reviewed', kim)
        await whisper(stage, kim, /Emergency #1 is marked as reviewed/)
      },
      /^Emergency #1, severity 2: resolved/,
    ],
    [() => click(thread, 'incident.followup_done', sam), /^☑ Done: follow-up 1, /],
  ]
}

describe.each(['socket', 'http'] as const)('by %s', (mode) => {
  it('from the first word to the last follow-up', async () => {
    stage = await createStage({ mode })
    const thread = stage.say('checkout is broken')
    await thread.expect(/is paging Alex/)
    await thread.expect(/^Checklist On-call: 0 of 13/)
    for (const [act, shown] of story(thread)) {
      await restart()
      await act()
      await thread.expect(shown)
    }
    const { alex, kim, sam } = stage.people
    const store = stage.bots.at(-1)?.ports.store
    const [incident, ...others] = (await store?.incidents.recent(10)) ?? []
    expect(others).toEqual([])
    expect(incident).toMatchObject({
      ...{ state: 'reviewed', severity: 2, falseAlarm: false, acknowledgedBy: `slack:${alex}` },
      mitigated: { by: `slack:${alex}` },
      roles: { commander: `slack:${kim}`, scribe: `slack:${sam}` },
    })
    await eventually(() => expect(stage.pagerduty.incidents()).toMatchObject([{ status: 'resolved' }]))
    const facts = await timeline(stage)
    expect(followupsOf(facts)).toEqual([
      { number: 1, text: 'Alert on failed payments', owner: `slack:${sam}`, due: DUE, done: true },
    ])
    const kinds = facts.map((fact) => fact.kind)
    for (const kind of ['declared', 'page_requested', 'incident_acknowledged', 'severity_set', 'impact_noted'] as const)
      expect(
        kinds.filter((one) => one === kind),
        kind,
      ).toHaveLength(1)
    for (const kind of ['incident_mitigated', 'incident_resolved', 'review_written', 'incident_reviewed'] as const)
      expect(
        kinds.filter((one) => one === kind),
        kind,
      ).toHaveLength(1)
    expect(kinds.filter((one) => one === 'role_claimed')).toHaveLength(2)
    // Every step once, whether somebody ticked it or what it waits for had happened.
    expect(kinds.filter((one) => one === 'step_done')).toHaveLength(12)
    const review = stage.slack.uploads().find((one) => one.done)?.content
    expect(review).toMatch(/\| users no longer felt it \| \d{4}-/)
    expect(review).toContain(`| 1 | Alert on failed payments | sam | ${DUE} | **open** |`)
    expect(review).toContain('because: it is clear what broke')
    expect(refusedBySlack(stage)).toEqual([])
  })
})
