import { afterEach, describe, expect, it } from 'vitest'
import { eventually } from '../support/eventually.js'
import { createStage, type Stage } from '../support/stage.js'

let stage: Stage

afterEach(() => stage.close())

describe('a message in the emergency channel', () => {
  it('pages with the key of the contract, and the card tells each state once it is true', async () => {
    stage = await createStage()
    const thread = stage.say('push notifications are going out twice')
    await thread.expect(/is paging Alex/)
    expect(stage.pagerduty.incidents()).toHaveLength(1)
    const [event] = stage.pagerduty.events()
    expect(event).toMatchObject({
      event_action: 'trigger',
      dedup_key: thread.key,
      client_url: expect.stringContaining(`/archives/${stage.channel}/p${thread.ts.replace('.', '')}`),
      payload: { severity: 'critical', summary: 'push notifications are going out twice' },
    })
    await thread.expect(/Emergency checklist|on-call/i)
  })

  it('is acknowledged from Slack and PagerDuty credits the person', async () => {
    stage = await createStage()
    const thread = stage.say('the site is down')
    await thread.expect(/is paging Alex/)
    await thread.press('incident.ack')
    await thread.expect(new RegExp(`<@${stage.people.alex}> is on it`))
    await eventually(() => expect(stage.pagerduty.incidents()[0]).toMatchObject({ status: 'acknowledged' }))
  })
})
