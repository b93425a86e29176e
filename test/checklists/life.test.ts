/** The whole life of a checklist by clicks alone, over both ways that Slack delivers, with a restart after every step. */
import { afterEach, describe, expect, it } from 'vitest'
import { eventually } from '../support/eventually.js'
import { command, refusedBySlack, timeline, whisper } from '../support/heard.js'
import { createStage, type Stage, type Thread } from '../support/stage.js'

let stage: Stage

afterEach(() => stage.close())

const ON_CALL = /^Checklist On-call: /

async function restart(): Promise<void> {
  await stage.bots.at(-1)?.stop()
  const bot = await stage.bot()
  await eventually(async () => expect(await bot.app.health()).toEqual([]))
}

async function press(thread: Thread, action: string, value: string, user: string) {
  const { ts } = await thread.expect(ON_CALL)
  const pressed = await stage.slack.press({ user, channel: stage.channel, ts, actionId: `checklist.${action}`, value })
  expect(pressed).toMatchObject({ acked: true })
}

async function submit(user: string, values: Record<string, Record<string, string>>) {
  const view = await eventually(() => stage.slack.views(user).find((one) => one.open) ?? expect.unreachable())
  expect(await stage.slack.submit({ user, viewId: view.id, values })).toMatchObject({ acked: true })
}

const shown = async (thread: Thread): Promise<string> => JSON.stringify((await thread.expect(ON_CALL)).blocks)

describe.each(['socket', 'http'] as const)('by %s', (mode) => {
  it('a checklist lives from the first message to the last tick, with a restart after every step', async () => {
    stage = await createStage({ mode })
    const { alex, kim } = stage.people
    const thread = stage.say('checkout is broken')
    await thread.expect(/^Checklist On-call: 0 of 13 done/)
    const steps: readonly (readonly [() => Promise<void>, RegExp, RegExp?])[] = [
      [() => press(thread, 'done', '1-on-call:say-so', alex), /^Checklist On-call: 1 of 13 done\./],
      [
        async () => {
          await press(thread, 'skip', '1-on-call:call-help', alex)
          await submit(alex, { reason: { reason: 'awake already' } })
        },
        /1 of 13 done, 1 skipped/,
        /awake already/,
      ],
      [
        async () => {
          await press(thread, 'assign', '1-on-call:updates', kim)
          await submit(kim, { assignee: { assignee: alex }, due: { due: '2031-01-31' } })
        },
        /1 of 13 done, 1 skipped/,
        new RegExp(`With <@${alex}>, by 2031-01-31`),
      ],
      [() => press(thread, 'undo', '1-on-call:say-so', kim), /0 of 13 done, 1 skipped/],
      [() => press(thread, 'page', '1-on-call:w', kim), /0 of 13 done/, /Show only the next step in full/],
      [() => press(thread, 'done', '1-on-call:contain', kim), /1 of 13 done, 1 skipped/],
      [() => press(thread, 'page', '1-on-call:s', kim), /1 of 13 done/, /Show everything of every step/],
      [() => press(thread, 'done', '1-on-call:say-so', alex), /2 of 13 done, 1 skipped/],
    ]
    for (const [act, text, blocks] of steps) {
      await act()
      await thread.expect(text)
      if (blocks !== undefined) await eventually(async () => expect(await shown(thread)).toMatch(blocks))
      await restart()
    }
    await thread.press('incident.resolve')
    await thread.expect(/This emergency was closed, but 4 required steps are still open/)
    await restart()
    const { ts } = await thread.expect(/blocks the review/)
    const done = { channel: stage.channel, ts, actionId: 'checklist.done', value: '1-on-call:tell-users' }
    await stage.slack.press({ user: kim, ...done })
    await thread.expect(/^Checklist On-call: 4 of 13 done, 1 skipped/)
    await restart()
    expect(thread.replies().filter((one) => ON_CALL.test(one.text))).toHaveLength(1)
    expect(thread.replies().filter((one) => /This emergency was closed, but/.test(one.text))).toHaveLength(1)
    const kinds = (await timeline(stage)).map((fact) => fact.kind).filter((kind) => /^(step|checklist)_/.test(kind))
    expect(kinds).toEqual([
      'checklist_started',
      ...['step_done', 'step_skipped', 'step_assigned', 'step_undone', 'step_done', 'step_done'],
      // The emergency's own end ticks "Close the emergency".
      ...['step_done', 'step_done'],
    ])
    expect(refusedBySlack(stage)).toEqual([])
  })

  it('two people who press one step at once both see the one truth', async () => {
    stage = await createStage({ mode })
    const { alex, kim } = stage.people
    const thread = stage.say('checkout is broken')
    await thread.expect(ON_CALL)
    await press(thread, 'skip', '1-on-call:contain', kim)
    await Promise.all([
      press(thread, 'done', '1-on-call:contain', alex),
      submit(kim, { reason: { reason: 'cannot be contained' } }),
    ])
    const card = await thread.expect(/^Checklist On-call: (1 of 13 done|0 of 13 done, 1 skipped)/)
    const [fact, ...others] = (await timeline(stage)).filter((one) => /^step_(done|skipped)$/.test(one.kind))
    expect(others).toEqual([])
    if (fact?.kind === 'step_done') {
      expect(JSON.stringify(card.blocks)).toContain(`Contain before you cure, <@${alex}>`)
      await eventually(() =>
        expect(stage.slack.views(kim)[0]?.errors).toEqual({ reason: expect.stringContaining(`<@${alex}>`) }),
      )
    } else {
      expect(JSON.stringify(card.blocks)).toContain('cannot be contained')
      await whisper(stage, alex, new RegExp(`already skipped by <@${kim}>`))
    }
  })
})

describe('/incident-checklist', () => {
  const type = (typed: string, user = stage.people.kim) => command(stage, user, `/incident-checklist ${typed}`)
  /** The menu under the last answer that this person got. */
  const choose = (actionId: string, selected: string, user = stage.people.kim) => {
    const { channel, ts } = stage.slack.ephemerals(user).at(-1) ?? expect.unreachable()
    return stage.slack.press({ user, channel, ts, actionId, selected })
  }

  it('assign: by number or id, to a person or oneself, with a day', async () => {
    stage = await createStage()
    const { alex, kim } = stage.people
    const thread = stage.say('checkout is broken')
    await thread.expect(ON_CALL)
    expect(await type(`assign 6 <@${alex}|alex> 2031-01-31`)).toMatch(
      new RegExp(`^"Contain before you cure" of "On-call" is with <@${alex}> now, by 2031-01-31\\.`),
    )
    await eventually(async () => expect(await shown(thread)).toContain(`With <@${alex}>, by 2031-01-31`))
    expect(await type('assign on-call updates me #1')).toMatch(/is with <@/)
    await eventually(async () => expect(await shown(thread)).toContain(`With <@${kim}>`))
    expect(await type('assign updates me')).toMatch(/^Nothing was done: ".*" is already with/)
    expect(await type('assign updates')).toMatch(/^Say which step, and who; nothing was assigned/)
    expect(await type('assign updates @alexa')).toMatch(/^Slack did not say who @alexa is/)
    expect(await type('assign updates me 2031-02-30')).toMatch(/^2031-02-30 is not a day/)
    expect(await type('assign 99 me')).toMatch(/^There is no step "99" in on-call/)
    expect(await type('assign heroku 1 me')).toMatch(/"heroku" does not run in this emergency.* There are: on-call/)
    expect(await type('assign 1 me #9')).toMatch(/^There is no emergency #9/)
    await type('start heroku')
    expect(await type('assign 1 me')).toMatch(/"1" is a step of several checklists \(on-call, heroku\)/)
    expect((await timeline(stage)).filter((fact) => fact.kind === 'step_assigned')).toHaveLength(2)
    const refused = await type(`assign 1 <@${kim}>`, stage.people.guest)
    expect(refused).toMatch(/^Nothing was done: you are a guest/)
  })

  it('with several open asks which one, shows it, and starts what is chosen there, once', async () => {
    stage = await createStage()
    const first = stage.say('checkout is broken')
    await first.expect(ON_CALL)
    stage.clock.forward('11m')
    const second = stage.say('mail & <!here> is broken')
    await second.expect(ON_CALL)
    expect(await type('')).toBe('2 emergencies are open. Whose checklists?')
    const menu = JSON.stringify(stage.slack.ephemerals(stage.people.kim).at(-1)?.blocks)
    expect(menu).toMatch(/#2, \d s old: mail & ‹?@?here.*#1, 11 min old: checkout is broken/)
    await choose('checklist.pick', '1:')
    await whisper(stage, stage.people.kim, /^\*On-call\*: 0 of 13 done/)
    await choose('checklist.start', '1:heroku')
    await first.expect(/^Checklist Heroku: 0 of/)
    await whisper(stage, stage.people.kim, /^"Heroku" is in the thread of emergency #1: 0 of 11 done/)
    expect(await type('start push-notifications')).toBe('2 emergencies are open; nothing was started. In which one?')
    await choose('checklist.start', '2:push-notifications')
    await second.expect(/^Checklist Unwanted push notifications: /)
    expect(await type('start heroku #2')).toMatch(/in the thread of emergency #2/)
    expect(await type('show on-call #1')).toMatch(/^\*On-call\*/)
    expect(await type('assign 1 me')).toMatch(
      /^2 emergencies are open; nothing was assigned\. Say which, for example #2/,
    )
    expect(first.replies().filter((one) => /^Checklist/.test(one.text))).toHaveLength(2)
    expect(second.replies().filter((one) => /^Checklist/.test(one.text))).toHaveLength(3)
    expect(refusedBySlack(stage)).toEqual([])
  })

  it('with none open lists them, and shows one from its file', async () => {
    stage = await createStage()
    expect(await type('')).toMatch(/^No emergency is open\. Checklists:\n• `heroku`/)
    expect(await type('show heroku')).toMatch(
      /^\*Heroku\*: .* this is the file\.\n1\. Is it Heroku or is it us\?, required\n/,
    )
    expect(await type('assign 1 me')).toMatch(/^No emergency is open; nothing was assigned/)
  })
})
