import { afterEach, describe, expect, it } from 'vitest'
import { recordOpened } from '../../src/checklists/docs/open.js'
import type { IncidentId } from '../../src/incidents/incident.js'
import { docIdOf } from '../../src/ports/docs.js'
import { eventually } from '../support/eventually.js'
import { createStage, type Stage } from '../support/stage.js'

const RUNBOOK = 'https://wiki.example.com/push'
const yaml = `docs: [{ title: Push runbook, url: "${RUNBOOK}", about: Where pushes queue., keywords: [push], owner: Mobile }]`

let stage: Stage
afterEach(() => stage.close())

async function opened() {
  const facts = await stage.bots[0]?.ports.store.facts.ofIncident(1 as IncidentId)
  return (facts ?? []).filter((fact) => fact.kind === 'doc_opened')
}

/** What the button beside the runbook says to the bot. */
function buttonValue(blocks: unknown): string {
  const value = new RegExp(`"url":"${RUNBOOK}","value":"(1:[a-z0-9]+)"`).exec(JSON.stringify(blocks))?.[1]
  expect(value).toBe(`1:${docIdOf(RUNBOOK)}`)
  return value ?? ''
}

describe('a document in the thread', () => {
  it('has a button that leads to it, and who pressed it first is on the timeline', async () => {
    stage = await createStage({ yaml })
    const thread = stage.say('push is down')
    const card = await thread.expect(/Documents: .*Push runbook \(never reviewed\)/)
    const buttons = JSON.stringify(card.blocks)
    expect(buttons).toContain(`"url":"${RUNBOOK}"`)
    expect(buttons).toContain('kept by Mobile')

    const pressed = await thread.press('docs.open', stage.people.alex, { value: buttonValue(card.blocks) })
    expect(pressed).toMatchObject({ acked: true })
    const [fact] = await eventually(async () => {
      const facts = await opened()
      expect(facts).toHaveLength(1)
      return facts
    })
    expect(fact).toMatchObject({ title: 'Push runbook', url: RUNBOOK, actor: `slack:${stage.people.alex}` })
  })

  it('opened by a guest counts as well: everybody who sees the thread may read', async () => {
    stage = await createStage({ yaml })
    const thread = stage.say('push is down')
    const card = await thread.expect(/Documents: .*Push runbook/)
    await thread.press('docs.open', stage.people.guest, { value: buttonValue(card.blocks) })
    await eventually(async () => expect(await opened()).toMatchObject([{ actor: `slack:${stage.people.guest}` }]))
  })

  it('of an older card is named as it was there, whatever was found since; one that never was there is not named', async () => {
    stage = await createStage({ yaml })
    const thread = stage.say('push is down')
    const card = await thread.expect(/Documents: .*Push runbook/)
    const value = buttonValue(card.blocks)
    const docs = [{ title: 'Another', url: 'https://wiki.example.com/other' }]
    const later = { id: 'later', incidentId: 1 as IncidentId, at: stage.clock.now(), actor: 'mayday' } as const
    await stage.bots[0]?.ports.store.facts.append({ ...later, kind: 'docs_found', docs, checklists: [] })
    const redrawn = await thread.expect(/Documents: Another/)
    expect(JSON.stringify(redrawn.blocks)).not.toContain(RUNBOOK)
    const { channel, people } = stage
    await stage.slack.press({ user: people.kim, channel, ts: card.ts, actionId: 'docs.open', value, stale: true })
    await eventually(async () => expect(await opened()).toMatchObject([{ title: 'Push runbook', url: RUNBOOK }]))

    const bot = stage.bots[0]?.ports
    if (bot === undefined) expect.unreachable()
    const press = { incident: 1 as IncidentId, doc: docIdOf('https://wiki.example.com/never'), user: 'U1', press: '1' }
    await recordOpened({ ...bot, changed: () => undefined }, press)
    expect(await opened()).toHaveLength(1)
  })
})
