import { afterEach, describe, expect, it } from 'vitest'
import type { SimFault } from '../../src/simulator/slack/types.js'
import { createStage, type Stage, type Thread } from '../support/stage.js'

let stage: Stage

afterEach(() => stage.close())

/** The thread has its card and its checklist, each once. */
async function complete(thread: Thread): Promise<void> {
  await thread.expect(/is paging Alex/)
  await thread.expect(/^Checklist On-call/)
  expect(thread.replies().filter((reply) => /Emergency #\d/.test(reply.text))).toHaveLength(1)
  expect(thread.replies().filter((reply) => /^Checklist On-call/.test(reply.text))).toHaveLength(1)
}

describe('an answer of Slack that got lost', () => {
  const losses: readonly (readonly [string, Omit<SimFault, 'method'>])[] = [
    ['the connection is cut after the work', { apply: true, reset: true }],
    ['500 after the work', { apply: true, status: 500 }],
    ['no answer after the work', { apply: true, hang: true }],
  ]

  it.each(losses)('%s: nothing stands twice', async (_name, loss) => {
    stage = await createStage({ timing: { callMs: 1_500 } })
    stage.slack.fault({ method: 'chat.postMessage', times: 1, ...loss })
    const thread = stage.say('checkout returns errors')
    await complete(thread)
    const keys = stage.slack
      .messages(stage.channel)
      .map((message) => JSON.stringify(message.metadata))
      .filter((key) => key !== undefined)
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('a card that was changed although nobody heard so shows the newest state in the end', async () => {
    stage = await createStage()
    stage.slack.fault({ method: 'chat.update', times: 2, apply: true, reset: true })
    const thread = stage.say('checkout returns errors')
    await complete(thread)
    await thread.press('incident.ack')
    await thread.expect(/is on it/)
    expect(thread.replies().filter((reply) => /Emergency #1/.test(reply.text))).toHaveLength(1)
  })
})
