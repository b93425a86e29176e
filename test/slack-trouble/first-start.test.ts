import { afterEach, describe, expect, it } from 'vitest'
import { eventually } from '../support/eventually.js'
import { createStage, type Stage } from '../support/stage.js'

let stage: Stage

afterEach(() => stage.close())

describe('a start while Slack is in trouble', () => {
  it.each([
    ['by name', ''],
    ['by id', 'C0EMERGENCY'],
  ])(
    'channel given %s, Slack does not say who Mayday is: the message is kept and pages as soon as it does',
    async (_how, id) => {
      stage = await createStage({
        started: false,
        ...(id === '' ? {} : { env: { EMERGENCY_CHANNEL: id } }),
        timing: { startMs: 300, tendMs: 20, tendCapMs: 50 },
      })
      if (id !== '') stage.slack.addChannel({ id, name: 'emergency-by-id' })
      const heal = stage.slack.fault({ method: 'auth.test', status: 503 })
      await stage.bot()
      await eventually(() => expect(stage.slack.sockets()).toBeGreaterThan(0))
      const thread = stage.say('everything is down', id === '' ? {} : { channel: id })
      await eventually(() => expect(stage.slack.unacked()).toBe(0))
      heal()
      stage.clock.forward('30s')
      await eventually(() => expect(stage.pagerduty.incidents()).toHaveLength(1))
      const [event] = stage.pagerduty.events()
      expect(event?.dedup_key).toBe(id === '' ? thread.key : `slack:${stage.slack.teamId}:${id}:${thread.ts}`)
    },
  )

  it('with a token that Slack refuses ends with what to do', async () => {
    stage = await createStage({ started: false })
    stage.slack.revokeTokens()
    await expect(stage.bot()).rejects.toMatchObject({
      code: 'SLACK_AUTH',
      hint: expect.stringMatching(/SLACK_(BOT|APP)_TOKEN/),
    })
    expect(stage.slack.sockets()).toBe(0)
  })
})
