import { afterEach, describe, expect, it } from 'vitest'
import type { IncidentId } from '../../src/incidents/incident.js'
import { eventually } from '../support/eventually.js'
import { command, timeline, whisper } from '../support/heard.js'
import { createStage, type Stage, type Thread } from '../support/stage.js'

let stage: Stage

afterEach(() => stage.close())

const YAML = 'teams:\n  payments: {escalation_policy: PX1, about: Cards and invoices}\n'

/** Everything that could have changed by a press or a command. */
async function everything(): Promise<unknown> {
  const store = stage.bots[0]?.ports.store
  const facts = (await timeline(stage)).filter((fact) => fact.kind !== 'refused')
  const { incidents: open } = store ?? {}
  return {
    facts,
    incidents: await open?.recent(10),
    runs: await store?.runs.ofIncident(1 as IncidentId),
    pagerduty: stage.pagerduty.incidents().map(({ id, status, notes }) => ({ id, status, notes })),
  }
}

async function refused(user: string, capability: string): Promise<void> {
  await eventually(async () =>
    expect(await timeline(stage)).toContainEqual(
      expect.objectContaining({ kind: 'refused', actor: `slack:${user}`, capability }),
    ),
  )
}

async function calmThread(text = 'push is down'): Promise<Thread> {
  const thread = stage.say(text)
  await thread.expect(/is paging Alex/)
  await thread.expect(/^Checklist On-call/)
  return thread
}

describe.each([
  ['a guest', 'guest', /you are a guest in this workspace/],
  ['somebody from another company', 'stranger', /you belong to another workspace/],
] as const)('%s', (_name, who, because) => {
  it('may post, and so page', async () => {
    stage = await createStage()
    const thread = stage.say('your API answers 500', { user: stage.people[who] })
    await thread.expect(/is paging Alex/)
    expect(stage.pagerduty.incidents()).toMatchObject([{ dedupKey: thread.key, title: 'your API answers 500' }])
  })

  it('may press nothing: refused in words, on the timeline, and nothing changes', async () => {
    stage = await createStage({ yaml: YAML })
    const user = stage.people[who]
    const thread = await calmThread()
    const before = await everything()
    const presses = [
      ['incident.ack', 'acknowledge'],
      ['incident.resolve', 'resolve'],
      ['incident.false_alarm', 'resolve'],
      ['incident.page_again', 'page'],
      ['checklist.done', 'checklist'],
      ['checklist.skip', 'checklist'],
      ['checklist.assign', 'checklist'],
    ] as const
    for (const [button, capability] of presses) {
      const told = stage.slack.ephemerals(user).length
      await thread.press(button, user)
      await eventually(() => expect(stage.slack.ephemerals(user)[told]?.text).toMatch(because))
      await refused(user, capability)
    }
    await thread.press('incident.page_team', user, { selected: '1:payments' })
    await eventually(() => expect(stage.slack.ephemerals(user)).toHaveLength(presses.length + 1))
    expect(stage.slack.ephemerals(user).at(-1)?.text).toMatch(/Nothing was done.*Full members of this workspace may/)
    expect((await timeline(stage)).filter((fact) => fact.kind === 'refused')).toHaveLength(presses.length + 1)
    expect(stage.slack.views(user)).toEqual([])
    expect(await everything()).toEqual(before)
  })

  it('may type no command but help', async () => {
    stage = await createStage({ yaml: YAML })
    const user = stage.people[who]
    await calmThread('card payments fail')
    const before = await everything()
    const commands = [
      ['/mayday ack', 'acknowledge'],
      ['/mayday resolve', 'resolve'],
      ['/mayday page payments please', 'page'],
      ['/mayday note we saw it too', 'note'],
      ['/mayday status', 'read'],
      ['/mayday oncall', 'read'],
      ['/mayday doctor', 'read'],
      ['/incident-checklist', 'checklist'],
      ['/incident-checklist list', 'checklist'],
      ['/incident-checklist start heroku', 'checklist'],
    ] as const
    for (const [typed, capability] of commands) {
      expect(await command(stage, user, typed)).toMatch(because)
      await refused(user, capability)
    }
    expect((await timeline(stage)).filter((fact) => fact.kind === 'refused')).toHaveLength(commands.length)
    expect(await command(stage, user, '/mayday help')).toMatch(/mayday status/)
    expect(await everything()).toEqual(before)
  })
})

describe('members', () => {
  it('are refused in a clear sentence while Slack does not say who they are, and not the second time', async () => {
    stage = await createStage()
    const { alex } = stage.people
    const thread = await calmThread()
    const before = await everything()
    const heal = stage.slack.fault({ method: 'users.info', error: 'fatal_error' })
    await thread.press('incident.ack')
    await whisper(stage, alex, /Nothing was done: Slack did not tell Mayday who you are\. Press again/)
    await thread.press('checklist.done')
    await eventually(() => expect(stage.slack.ephemerals(alex)).toHaveLength(2))
    expect(await command(stage, alex, '/mayday resolve')).toMatch(/Slack did not tell Mayday who you are/)
    expect(await everything()).toEqual(before)
    heal()
    await thread.press('incident.ack')
    await thread.expect(new RegExp(`<@${alex}> is on it`))
  })

  it('whom Slack does not know are refused', async () => {
    stage = await createStage()
    const thread = await calmThread()
    stage.slack.fault({ method: 'users.info', error: 'user_not_found' })
    await thread.press('incident.ack')
    await whisper(stage, stage.people.alex, /Slack does not know you here/)
    await refused(stage.people.alex, 'acknowledge')
  })

  it('pressing Acknowledge at once: one has it, the other is told so', async () => {
    stage = await createStage({ replicas: 1 })
    const { alex, kim } = stage.people
    const thread = await calmThread()
    await Promise.all([thread.press('incident.ack', alex), thread.press('incident.ack', kim)])
    await eventually(() => expect([...stage.slack.ephemerals(alex), ...stage.slack.ephemerals(kim)]).toHaveLength(1))
    const [told] = [...stage.slack.ephemerals(alex), ...stage.slack.ephemerals(kim)]
    expect(told?.text).toMatch(/Somebody is on emergency #1 already; nothing was changed/)
    const winner = told?.user === alex ? kim : alex
    await thread.expect(new RegExp(`<@${winner}> is on it`))
    const facts = (await timeline(stage)).filter((fact) => fact.kind === 'incident_acknowledged')
    expect(facts).toMatchObject([{ actor: `slack:${winner}` }])
  })

  it('pressing a button of an old card are told what it is by now', async () => {
    stage = await createStage()
    const thread = await calmThread()
    const card = await thread.expect(/Emergency #1/)
    await thread.press('incident.resolve')
    await thread.expect(/resolved by/)
    const stale = { user: stage.people.kim, channel: stage.channel, ts: card.ts, stale: true }
    await stage.slack.press({ ...stale, actionId: 'incident.ack' })
    await whisper(stage, stage.people.kim, /#1 is closed already; nothing was changed/)
    await stage.slack.press({ ...stale, actionId: 'incident.false_alarm' })
    await eventually(() => expect(stage.slack.ephemerals(stage.people.kim)).toHaveLength(2))
    const facts = (await timeline(stage)).filter((fact) => fact.kind === 'incident_resolved')
    expect(facts).toMatchObject([{ falseAlarm: false }])
  })
})
