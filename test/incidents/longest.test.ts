import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import type { SimMessage } from '../../src/simulator/slack/types.js'
import { eventually } from '../support/eventually.js'
import { command, refusedBySlack } from '../support/heard.js'
import { createStage, type Stage, type Thread } from '../support/stage.js'

let stage: Stage
let folder: string | undefined

afterEach(async () => {
  await stage.close()
  if (folder !== undefined) await rm(folder, { recursive: true, force: true })
})

/** Text of exactly this length, of what grows most on its way: `&` is five characters in Slack, an emoji two in JavaScript. */
const long = (length: number, of = '&'): string => of.repeat(Math.ceil(length / of.length)).slice(0, length)
const EMOJI = '🔥'

const doc = (index: number, url: number) => ({
  title: `${index}${long(149)}`,
  url: `https://wiki.example/${long(url - 21, 'a&')}`,
  about: long(300),
  keywords: ['everything is on fire'],
})

const reviewed = '2026-01-01'

function checklist(name: string, always: boolean) {
  return {
    name,
    title: `${name.slice(0, 6)} ${long(93)}`,
    about: long(300),
    owner: long(80),
    reviewed,
    always,
    symptoms: ['everything is on fire'],
    docs: [{ ...doc(7, 2_000), reviewed }],
    steps: Array.from({ length: 60 }, (_, index) => ({
      id: `${long(36, 'step-')}${index}`,
      title: long(150),
      help: long(600),
      command: long(200),
      owner: long(80),
      doc: doc(7, 2_000).title,
      required: true,
    })),
  }
}

/** Every setting, file and answer as long as it may be. */
async function crammed(): Promise<Stage> {
  const dir = await mkdtemp(join(tmpdir(), 'mayday-checklists-'))
  folder = dir
  const names = ['always', 'first', 'second', 'third'].map((name) => `${name}-${long(39 - name.length, 'x')}`)
  for (const [index, name] of names.entries())
    await writeFile(join(dir, `${name}.yml`), stringify(checklist(name, index === 0)))
  const teams = Array.from({ length: 120 }, (_, index) => [
    `${long(28, 'team')}${100 + index}`,
    { escalation_policy: 'PX1', about: long(150, EMOJI) },
  ])
  return createStage({
    yaml: stringify({
      paging: {
        contacts: Array.from({ length: 30 }, () => ({ name: long(100), phone: long(60, '0'), slack: 'U012AB3CD' })),
      },
      teams: Object.fromEntries(teams),
      docs: Array.from({ length: 8 }, (_, index) => ({ ...doc(index, index % 2 === 0 ? 1_500 : 490), reviewed })),
    }),
    env: { CHECKLISTS_DIR: dir },
  })
}

const FIRE = `everything is on fire ${long(39_970)}`

const hasButton = (message: SimMessage, actionId: string): boolean =>
  JSON.stringify(message.blocks ?? []).includes(`"${actionId}"`)

function manyOnCall(): void {
  const ids = Array.from({ length: 40 }, (_, index) => {
    const id = `PCROWD${index}`
    stage.pagerduty.addUser({ id, name: `${long(97)}${index}`, email: `${id}@example.com`, phone: '+1 415 555 0199' })
    return id
  })
  stage.pagerduty.setOnCall([ids])
}

async function crowdedThread(): Promise<Thread> {
  stage = await crammed()
  manyOnCall()
  const thread = stage.say(FIRE)
  await thread.expect(/is paging/)
  await thread.expect(/^Checklist always/)
  return thread
}

async function fill(thread: Thread, action: string, user: string, values: Record<string, string>): Promise<void> {
  await thread.press(action, user)
  const view = await eventually(() => stage.slack.views(user).find((one) => one.open) ?? expect.unreachable())
  const named = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { [name]: value }]))
  expect(await stage.slack.submit({ user, viewId: view.id, values: named })).toEqual({ acked: true })
}

describe('with everything as long as it may be, Slack takes every message and form', () => {
  it('the card keeps its buttons, menu, documents and checklists', async () => {
    const thread = await crowdedThread()
    const card = await eventually(async () => {
      const shown = await thread.expect(/Emergency #1/)
      expect(hasButton(shown, 'checklist.start')).toBe(true)
      return shown
    })
    for (const action of [
      'incident.ack',
      'incident.resolve',
      'incident.false_alarm',
      'incident.page_again',
      'incident.page_team',
    ])
      expect(hasButton(card, action), action).toBe(true)
    expect(JSON.stringify(card.blocks)).toContain('Documents that fit')
    expect(card.text.length).toBeLessThanOrEqual(4_000)
    // What people wrote about it, as long as the forms take it.
    const { alex, kim } = stage.people
    await fill(thread, 'incident.details', kim, { impact: long(2_000), severity: '1' })
    for (let i = 0; i < 4; i++)
      await fill(thread, 'incident.followup', kim, { what: long(2_000, EMOJI), owner: alex, due: '2031-01-31' })
    await thread.press('incident.commander', alex)
    await thread.press('incident.mitigated', alex)
    await thread.expect(/Emergency #1, severity 1.*Commander: .*Impact: .*Open follow-ups: .*and 1 more/)
    expect(hasButton(await thread.expect(/^Emergency #1/), 'incident.followup')).toBe(true)
    // Many pages in one emergency.
    for (let minute = 0; minute < 3; minute++) {
      const before = stage.pagerduty.incidents().length
      for (let i = 0; i < 4; i++) await thread.press('incident.page_again')
      await eventually(() => expect(stage.pagerduty.incidents().length).toBe(before + 4))
      stage.clock.forward('61s')
    }
    await eventually(async () => expect((await thread.expect(/Emergency #1/)).text).toMatch(/Paged again/))
    const joined = stage.say(FIRE)
    await joined.expect(/added to emergency/)
    expect(refusedBySlack(stage)).toEqual([])
  })

  it('every page of a long checklist, its forms, and what is said at the end', async () => {
    const thread = await crowdedThread()
    const { alex } = stage.people
    for (let i = 0; i < 3; i++) {
      await thread.press('checklist.skip')
      const view = await eventually(() => stage.slack.views(alex).find((one) => one.open) ?? expect.unreachable())
      await stage.slack.submit({ user: alex, viewId: view.id, values: { reason: { reason: long(500) } } })
      await thread.expect(new RegExp(`${i + 1} skipped`))
    }
    await thread.press('checklist.assign')
    await eventually(() =>
      expect(stage.slack.views(alex).some((one) => one.callbackId === 'checklist.assign')).toBe(true),
    )
    const pages = new Set<string>()
    for (let i = 0; i < 4; i++) {
      const { ts, blocks } = await thread.expect(/^Checklist always/)
      pages.add(JSON.stringify(blocks))
      await stage.slack.press({ user: alex, channel: stage.channel, ts, actionId: 'checklist.page' })
      await eventually(async () => expect((await thread.expect(/^Checklist always/)).blocks).not.toEqual(blocks))
    }
    await thread.press('incident.resolve')
    await thread.expect(/57 required steps are still open/)
    expect(pages.size).toBeGreaterThan(1)
    expect(refusedBySlack(stage)).toEqual([])
  })

  it('every command, with arguments as long as Slack lets them be', async () => {
    await crowdedThread()
    const words = long(3_900)
    for (const typed of [
      'status',
      'oncall',
      `oncall ${words}`,
      `page ${words}`,
      `ack ${words}`,
      `note ${words}`,
      `impact ${words.slice(0, 3_000)}`,
      `followup me 5d ${words.slice(0, 3_000)}`,
      `followup ${words}`,
      `role ${words}`,
      'followup',
      `${words}`,
      'ack',
    ])
      expect((await command(stage, stage.people.kim, `/mayday ${typed}`)).length).toBeLessThanOrEqual(40_000)
    for (const typed of ['', 'list', `start ${words}`, `show ${words}`, 'show', `${words}`])
      expect((await command(stage, stage.people.kim, `/incident-checklist ${typed}`)).length).toBeGreaterThan(0)
    expect(refusedBySlack(stage)).toEqual([])
  })

  it('the loud list of whom to call, whole names and numbers, in one message', async () => {
    await crowdedThread()
    stage.clock.forward('11m')
    await eventually(async () =>
      expect((await command(stage, stage.people.kim, '/mayday oncall')).split('\n').length).toBeGreaterThan(30),
    )
    stage.pagerduty.outage(true)
    const thread = stage.say('and now the rest')
    await eventually(() => expect(stage.pagerduty.requests({ path: '/v2/enqueue' }).at(-1)?.status).toBe(503))
    stage.clock.forward('30s')
    const loud = await thread.expect(/<!channel> \*Nobody .*Please call by phone:\n/)
    expect(loud.subtype).toBe('thread_broadcast')
    expect(loud.text).toMatch(/Please call by phone:\n• .*: \+1 4155550199\n/)
    expect(loud.text).toMatch(/\n• … and \d+ more, in PagerDuty and mayday\.yml\n/)
    expect(loud.text).toMatch(/will say here/)
    expect(loud.text.length).toBeLessThanOrEqual(4_000)
    expect(refusedBySlack(stage)).toEqual([])
  })
})
