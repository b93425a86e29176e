/** 200 steps, every text as long as its file may have it: Slack takes every message, form and answer of the room. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { z } from 'zod'
import { eventually } from '../support/eventually.js'
import { command, refusedBySlack } from '../support/heard.js'
import { createStage, type Stage, type Thread } from '../support/stage.js'

let stage: Stage
let folder = ''

afterEach(async () => {
  await stage.close()
  await rm(folder, { recursive: true, force: true })
})

/** `&` is five characters on its way, a quotation mark two in JSON. */
const long = (length: number, of = '&"'): string => of.repeat(length).slice(0, length)
const reviewed = '2026-01-01'
const NAME = `always-${'x'.repeat(33)}`
const CARD = /^Checklist Z/

const FILE = {
  ...{ name: NAME, title: `Z${long(99)}`, about: long(300), owner: long(80), reviewed, always: true },
  docs: [
    { title: long(150), url: `https://wiki.example/${long(1_900, 'a&')}`, about: long(300), keywords: ['x'], reviewed },
  ],
  steps: Array.from({ length: 200 }, (_, index) => ({
    ...{ id: `${long(37, 's-')}${index}`, title: long(150), help: long(600), command: long(200), doc: long(150) },
    ...{ required: true, due: '90d', blocks_review: true, done_when: `purge_done ${'y'.repeat(40)}` },
  })),
}

const laterSchema = z.object({
  block_id: z.string().endsWith(':later'),
  elements: z.tuple([z.object({ value: z.string() })]),
})

/** Turns pages until there is none after it; the ids of the steps that were seen. */
async function turned(thread: Thread): Promise<ReadonlySet<string>> {
  const seen = new Set<string>()
  for (;;) {
    const { ts, blocks = [] } = await thread.expect(CARD)
    const text = JSON.stringify(blocks)
    for (const [, id = ''] of text.matchAll(/"step:1-[^:]*:([^"]+)"/g)) seen.add(id)
    const last = laterSchema.safeParse(blocks.at(-1))
    if (!last.success) return seen
    const { value } = last.data.elements[0]
    await stage.slack.press({ user: stage.people.alex, channel: stage.channel, ts, actionId: 'checklist.page', value })
    await eventually(async () => expect(JSON.stringify((await thread.expect(CARD)).blocks)).not.toBe(text))
  }
}

it('every page of both views, every form, nudge, end and answer', async () => {
  folder = await mkdtemp(join(tmpdir(), 'mayday-longest-'))
  await writeFile(join(folder, `${NAME}.yml`), stringify(FILE))
  stage = await createStage({ env: { CHECKLISTS_DIR: folder } })
  const { alex, kim } = stage.people
  const thread = stage.say('fire')
  const { ts } = await thread.expect(CARD)
  expect((await turned(thread)).size).toBe(200)
  const press = (actionId: string, value: string) =>
    stage.slack.press({ user: alex, channel: stage.channel, ts, actionId, value, stale: true })
  await press('checklist.page', `1-${NAME}:w`)
  await eventually(async () => expect(JSON.stringify((await thread.expect(CARD)).blocks)).toContain(':s"'))
  expect((await turned(thread)).size).toBe(200)
  for (const form of ['skip', 'assign']) {
    await press(`checklist.${form}`, `1-${NAME}:${FILE.steps[0]?.id}`)
    await eventually(() =>
      expect(stage.slack.views(alex).map((view) => view.callbackId)).toContain(`checklist.${form}`),
    )
  }
  stage.clock.forward('6m')
  expect((await thread.expect(/200 required steps that nobody has/)).text.length).toBeLessThanOrEqual(4_000)
  const shown = await command(stage, kim, '/incident-checklist')
  expect(shown).toMatch(/\n… and \d+ more lines; the card in the thread has them all\.$/)
  expect(shown.length).toBeLessThanOrEqual(4_000)
  await thread.press('incident.resolve')
  expect((await thread.expect(/200 required steps are still open/)).text.length).toBeLessThanOrEqual(8_000)
  expect(refusedBySlack(stage)).toEqual([])
})
