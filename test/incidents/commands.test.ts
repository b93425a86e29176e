import { afterEach, describe, expect, it } from 'vitest'
import { createPagerDutySimulator } from '../../src/simulator/pagerduty/simulator.js'
import { eventually } from '../support/eventually.js'
import { command, timeline } from '../support/heard.js'
import { createStage, type Stage, type Thread } from '../support/stage.js'

let stage: Stage

afterEach(() => stage.close())

const type = (typed: string, user = stage.people.kim): Promise<string> => command(stage, user, typed)

async function calmThread(text = 'checkout is broken'): Promise<Thread> {
  const thread = stage.say(text)
  await thread.expect(/is paging Alex/)
  await thread.expect(/^Checklist On-call/)
  return thread
}

/** A stage with a second team, whose key the simulator gives out as it always does. */
async function stageWithTeam(): Promise<Stage> {
  const rehearsal = await createPagerDutySimulator()
  const { routingKey } = rehearsal.addTeamService('Payments')
  await rehearsal.close()
  const made = await createStage({
    yaml: 'teams:\n  payments: {routing_key_env: PAYMENTS_KEY, about: Cards and invoices}\n',
    env: { PAYMENTS_KEY: routingKey },
  })
  expect(made.pagerduty.addTeamService('Payments').routingKey).toBe(routingKey)
  return made
}

describe('/mayday', () => {
  it('help, and nothing at all, list every subcommand with what it does', async () => {
    stage = await createStage()
    const help = await type('/mayday help')
    for (const name of ['status', 'oncall', 'page', 'ack', 'resolve', 'note', 'doctor', 'help'])
      expect(help).toMatch(new RegExp(`\`/mayday ${name}\\b.*\`: \\w`))
    expect(await type('/mayday')).toBe(help)
    const unknown = await type('/mayday frobnicate now')
    expect(unknown).toMatch(/^There is no `\/mayday frobnicate`; nothing was done\./)
    expect(unknown).toContain(help)
    expect(await type('/mayday constructor')).toMatch(/^There is no `\/mayday constructor`/)
  })

  it('says that nothing is open, and that nothing was done', async () => {
    stage = await createStage({ yaml: 'teams:\n  payments: {escalation_policy: PX1}\n' })
    expect(await type('/mayday status')).toBe('No emergency is open.')
    expect(await type('/mayday ack')).toMatch(
      /^No emergency is open; nothing was done\. For one that is closed, put its number first/,
    )
    for (const typed of ['resolve', 'note hello', 'mitigated', 'role commander', 'impact all', 'followup done 1'])
      expect(await type(`/mayday ${typed}`)).toMatch(/^No emergency is open; nothing was done\./)
    expect(await type('/mayday page payments')).toMatch(/No emergency is open, so nobody was paged\. Post in the/)
    expect(stage.pagerduty.events()).toEqual([])
  })

  it('status: what is open, how old, who has it, how far its page is', async () => {
    stage = await createStage()
    await calmThread()
    expect(await type('/mayday status')).toMatch(
      /^1 open:\n• <https:\/\/.*\|#1>, \d+ s old, nobody has taken it; page confirmed: checkout is broken$/,
    )
    await type('/mayday ack')
    await eventually(async () =>
      expect(await type('/mayday STATUS')).toMatch(new RegExp(`<@${stage.people.kim}> is on it; page acknowledged`)),
    )
  })

  it('oncall: who is on call, with numbers; a team that does not exist is said', async () => {
    stage = await createStage()
    expect(await type('/mayday oncall')).toBe(
      '• level 1: Alex Rivera, +1 4155550101\n• level 2: Kim Osei, +1 4155550102',
    )
    expect(await type('/mayday oncall marketing')).toBe('There is no team "marketing".')
  })

  it('oncall when nobody is: loudly so', async () => {
    stage = await createStage()
    expect(await type('/mayday oncall')).toMatch(/Alex Rivera/)
    stage.pagerduty.setOnCall([])
    stage.clock.forward('2m')
    await eventually(async () =>
      expect(await type('/mayday oncall')).toMatch(/\*Nobody is on call\.\* A page would reach nobody/),
    )
  })

  it('page: pages that team about the open emergency, and answers wrong teams with the right ones', async () => {
    stage = await stageWithTeam()
    const thread = await calmThread()
    expect(await type('/mayday page')).toMatch(
      /Say which team; nobody was paged\. Usage: `\/mayday page TEAM \[TEXT\]`\. Teams: payments\./,
    )
    expect(await type('/mayday page marketing help')).toBe(
      'There is no team "marketing"; nobody was paged. Teams: payments.',
    )
    expect(stage.pagerduty.incidents()).toHaveLength(1)
    expect(await type('/mayday page payments refunds   fail too')).toMatch(/page for team payments is on its way/)
    await thread.expect(/Team payments: PagerDuty opened .* is paging Alex Rivera/)
    expect(stage.pagerduty.incidents()[1]).toMatchObject({ title: 'refunds fail too' })
    expect(await timeline(stage)).toContainEqual(
      expect.objectContaining({ kind: 'page_requested', team: 'payments', actor: `slack:${stage.people.kim}` }),
    )
  })

  it('ack and resolve: by number, or without one the only open emergency, here and in PagerDuty', async () => {
    stage = await createStage()
    const first = await calmThread()
    stage.clock.forward('11m')
    const second = stage.say('something else')
    await second.expect(/is paging Alex/)
    expect(await type('/mayday ack 99')).toBe('There is no emergency #99; nothing was done.')
    expect(await type('/mayday ack everything')).toBe(
      '"everything" is not the number of an emergency; nothing was done.',
    )
    expect(await type('/mayday ack #1')).toMatch(/You are on it\. Emergency #1;/)
    await first.expect(new RegExp(`#1: <@${stage.people.kim}> is on it`))
    expect(await type('/mayday ack 1')).toBe('Somebody is on emergency #1 already; nothing was changed.')
    const asked = await type('/mayday resolve')
    expect(asked).toMatch(/^2 emergencies are open; nothing was done\. Say which, by its number:\n• .*#2.*\n• .*#1/)
    expect(await type('/mayday resolve 2')).toMatch(/Closed\. Emergency #2;/)
    await second.expect(/#2: resolved by/)
    await eventually(() =>
      expect(stage.pagerduty.incidents()).toMatchObject([{ status: 'acknowledged' }, { status: 'resolved' }]),
    )
    expect(await type('/mayday resolve 2')).toBe('Emergency #2 is closed already; nothing was changed.')
    expect(await type('/mayday resolve')).toMatch(/Closed\. Emergency #1;/)
  })

  it('note: goes on the timeline with its author; without text nothing is noted', async () => {
    stage = await createStage()
    await calmThread()
    expect(await type('/mayday note')).toMatch(/There is no text; nothing was noted\. Usage/)
    expect(await type('/mayday note rolled back\nto v41')).toMatch(/Noted on the timeline of emergency #1/)
    expect((await timeline(stage)).filter((fact) => fact.kind === 'noted')).toMatchObject([
      { text: 'rolled back\nto v41', actor: `slack:${stage.people.kim}` },
    ])
  })

  it('severity: rates the emergency on its card, once, and only from 1 to 5', async () => {
    stage = await createStage()
    expect(await type('/mayday severity 2')).toMatch(/No emergency is open; nothing was done/)
    const thread = await calmThread()
    expect(await type('/mayday severity worst')).toMatch(/from 1 \(worst\) to 5; nothing was changed/)
    expect(await type('/mayday severity 2')).toBe('Emergency #1 has severity 2 now.')
    await thread.expect(/^Emergency #1, severity 2: /)
    expect(await type('/mayday severity 2')).toBe('Emergency #1 has severity 2 already.')
    expect((await timeline(stage)).filter((fact) => fact.kind === 'severity_set')).toHaveLength(1)
  })

  it('works from any channel', async () => {
    stage = await createStage()
    await calmThread()
    const { id } = stage.slack.addChannel({ name: 'random' })
    await stage.slack.slash({ user: stage.people.kim, channel: id, command: '/mayday', text: 'status' })
    await eventually(() => expect(stage.slack.ephemerals(stage.people.kim)[0]?.text).toMatch(/^1 open:/))
  })
})

describe('/incident-checklist', () => {
  it('list and help need no emergency', async () => {
    stage = await createStage()
    const list = await type('/incident-checklist list')
    for (const name of ['heroku', 'on-call', 'push-notifications'])
      expect(list).toMatch(new RegExp(`• \`${name}\` \\w.*reviewed`))
    const help = await type('/incident-checklist help')
    expect(help).toMatch(/`\/incident-checklist start NAME`: /)
    expect(await type('/incident-checklist frobnicate')).toBe(
      `There is no \`/incident-checklist frobnicate\`; nothing was done.\n${help}`,
    )
    expect(await type('/incident-checklist')).toMatch(/^No emergency is open\. Checklists:\n• `heroku`/)
    expect(await type('/incident-checklist start heroku')).toMatch(/No emergency is open, so nothing was started/)
  })

  it('start: by its exact name, once; a wrong name gets the right ones', async () => {
    stage = await createStage()
    const thread = await calmThread()
    expect(await type('/incident-checklist start')).toMatch(/^Say which; nothing was started\.\n• `heroku`/)
    expect(await type('/incident-checklist start herouk')).toMatch(
      /There is no checklist "herouk"; nothing was started\. Did you mean "heroku"\? There are: heroku, on-call/,
    )
    expect(await type('/incident-checklist start heroku')).toMatch(
      /"Heroku" is in the thread of emergency #1: 0 of \d+ done/,
    )
    await thread.expect(/^Checklist Heroku: 0 of/)
    await type('/incident-checklist start heroku')
    const started = (await timeline(stage)).filter((fact) => fact.kind === 'checklist_started')
    expect(started).toHaveLength(2)
  })

  it('show: every step and who did it', async () => {
    stage = await createStage()
    const thread = await calmThread()
    await thread.press('checklist.done')
    await thread.expect(/1 of 13 done/)
    const shown = await type('/incident-checklist show')
    expect(shown).toMatch(
      new RegExp(
        `\\*On-call\\*: 1 of 13 done\n1\\. Acknowledge \\(done by <@${stage.people.alex}>\\)\n2\\. .*\\(open\\)`,
      ),
    )
    expect(await type('/incident-checklist')).toBe(shown)
    expect(await type('/incident-checklist show on-call')).toBe(shown)
    expect(await type('/incident-checklist show heroku')).toMatch(
      /^No such checklist runs in emergency #1\.\n• `heroku`/,
    )
  })
})
