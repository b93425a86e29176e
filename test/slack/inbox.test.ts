import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Inbox } from '../../src/ports.js'
import { brittle, handClock, type Night, night, until } from './rig.js'

let n: Night
beforeEach(async () => {
  n = await night()
})
afterEach(async () => {
  await n.end()
})

const say = (text: string, more: object = {}) =>
  n.slack.say({ channel: n.emergency.id, user: n.alice.id, text, ...more })
const texts = () => n.heard.map((one) => one.text)
const acks = () => n.slack.deliveries.filter((one) => one.outcome === 'acked').length

/** Writes down what happens at the inbox; with `beforeAck` it looks how far Slack is at the claim. */
function watched(inbox: Inbox, onClaim: () => void | Promise<void>): Inbox {
  return {
    ...inbox,
    async claim(key, event) {
      const state = await inbox.claim(key, event)
      await onClaim()
      return state
    },
  }
}

describe('a message in the emergency channel', () => {
  it('is in the inbox before Slack hears that it is safe, and finished after the listeners', async () => {
    let ackedAtClaim = -1
    const gate = n.listening({
      inbox: watched(n.store.inbox, async () => {
        // An ack on its way would be there by then.
        for (let i = 0; i < 3; i += 1) await fetch(`${n.slack.apiUrl}api.test`, { method: 'POST' })
        ackedAtClaim = acks()
      }),
    })
    await gate.start()
    const { ts } = say('push is down')
    await until('acked', () => acks() === 1)
    expect(ackedAtClaim).toBe(0)
    await until('heard', () => n.heard.length === 1)
    expect(n.heard).toEqual([{ text: 'push is down', source: 'live', unclaimed: false }])
    await until('finished', async () => (await n.store.inbox.claim(`msg:${n.emergency.id}:${ts}`, {})) === 'finished')
  })

  it('is handled once when Slack delivers it eleven times under eleven ids', async () => {
    await n.listening().start()
    say('push is down', { deliveries: 11 })
    await until('all acked', () => acks() === 11 && n.slack.unacked() === 0)
    expect(texts()).toEqual(['push is down'])
  })

  it('is handled once by three replicas', async () => {
    for (let i = 0; i < 3; i += 1) await n.listening().start()
    say('push is down', { deliveries: 6 })
    await until('all acked', () => n.slack.unacked() === 0)
    expect(texts()).toEqual(['push is down'])
  })

  it('is handled once when the line breaks before its ack gets out', async () => {
    let cuts = 0
    const inbox = watched(n.store.inbox, async () => {
      cuts += 1
      if (cuts > 1) return
      n.slack.dropSockets()
      await until('cut', () => n.slack.deliveries.some((one) => one.outcome === 'connection_failed'))
    })
    await n.listening({ inbox }).start()
    say('push is down')
    await until('delivered again and acked', () => acks() >= 1 && n.slack.unacked() === 0)
    await until('heard', () => n.heard.length > 0)
    expect(cuts).toBeGreaterThan(1)
    expect(texts()).toEqual(['push is down'])
  })

  it('is handled after a process died between the ack and the end of its work', async () => {
    const gate = n.gate({ timing: { drainMs: 1 } })
    const begun = new Promise<void>((begin) => {
      gate.app.message(async () => {
        begin()
        // This process never gets any further.
        await new Promise(() => undefined)
      })
    })
    await gate.start()
    say('push is down')
    await begun
    await until('acked', () => acks() === 1)
    await gate.stop()

    const next = n.listening({ inbox: aged(n.store.inbox) })
    await next.start()
    expect(await next.reclaim()).toBe(1)
    expect(n.heard).toEqual([{ text: 'push is down', source: 'reclaimed', unclaimed: false }])
    expect(await next.reclaim()).toBe(0)
  })

  it('is handled again when a listener failed, less and less often', async () => {
    const clock = handClock()
    let fails = true
    const gate = n.gate({ inbox: aged(n.store.inbox), clock })
    gate.app.message(async ({ context }) => {
      n.heard.push({ text: '', source: context['source'], unclaimed: false })
      if (fails) throw new Error('push is down, and so am I')
    })
    await gate.start()
    say('push is down')
    await until('failed', () => n.log.has('error', /was not handled/))
    await until('acked all the same', () => n.slack.unacked() === 0)
    await gate.reclaim()
    expect(n.heard).toHaveLength(1)
    clock.forward(10_000)
    await gate.reclaim()
    expect(n.heard).toHaveLength(2)
    clock.forward(10_000)
    await gate.reclaim()
    expect(n.heard).toHaveLength(2)
    fails = false
    clock.forward(10_000)
    await gate.reclaim()
    expect(n.heard.map((one) => one.source)).toEqual(['live', 'reclaimed', 'reclaimed'])
    clock.forward(600_000)
    expect(await gate.reclaim()).toBe(0)
    expect(JSON.stringify(n.log.lines)).not.toContain('push is down')
  })

  it('is not started a second time by the reclaim loop while it is still being handled', async () => {
    const gate = n.gate({ inbox: aged(n.store.inbox) })
    let finish: () => void = () => undefined
    let runs = 0
    gate.app.message(async () => {
      runs += 1
      await new Promise<void>((resolve) => {
        finish = resolve
      })
    })
    await gate.start()
    say('push is down')
    await until('begun', () => runs === 1)
    expect(await gate.reclaim()).toBe(0)
    finish()
    expect(runs).toBe(1)
  })

  it.each(['down', 'hangs'] as const)(
    'is handled at once while the store is out (%s), and Slack keeps it',
    async (mode) => {
      const inbox = brittle(n.store.inbox)
      const gate = n.listening({ inbox, timing: { claimMs: 30 } })
      await gate.start()
      inbox.mode = mode
      say('push is down')
      await until('handled without the store', () => n.heard.length >= 1)
      expect(n.heard[0]).toEqual({ text: 'push is down', source: 'live', unclaimed: true })
      expect(acks()).toBe(0)
      inbox.mode = 'well'
      if (mode === 'down') {
        await until('redelivered and acked', () => acks() === 1)
        await until('on record', () => n.heard.some((one) => !one.unclaimed))
      }
    },
  )

  it('has an edit and a deletion as messages of their own, each handled once', async () => {
    await n.listening().start()
    const { ts } = say('push is dwon')
    n.slack.edit({ channel: n.emergency.id, ts, text: 'push is down' })
    n.slack.erase({ channel: n.emergency.id, ts })
    await until('all three', () => n.heard.length === 3)
    await until('acked', () => n.slack.unacked() === 0)
  })

  it('does not hear what Mayday itself posts or edits', async () => {
    const gate = n.listening()
    await gate.start()
    const own = await gate.app.client.chat.postMessage({
      token: n.slack.botToken,
      channel: n.emergency.id,
      text: 'paged',
    })
    await gate.app.client.chat.update({
      token: n.slack.botToken,
      channel: n.emergency.id,
      ts: String(own.ts),
      text: 'acknowledged',
    })
    say('push is down')
    await until('acked', () => acks() === 3)
    await until('heard', () => n.heard.length > 0)
    expect(texts()).toEqual(['push is down'])
  })

  it('hears other bots', async () => {
    await n.listening().start()
    n.slack.say({ channel: n.emergency.id, botId: 'BALERTS', text: 'disk full' })
    await until('heard', () => texts().includes('disk full'))
  })
})

describe('a message from the history', () => {
  it('takes the same path, once, whether it came live before or comes later', async () => {
    const gate = n.listening()
    await gate.start()
    const { ts } = say('while deaf', { deliver: false })
    const event = { type: 'message', channel: n.emergency.id, user: n.alice.id, text: 'while deaf', ts }
    expect(await gate.replay(event, 'catch_up')).toBe('handled')
    expect(await gate.replay(event, 'catch_up')).toBe('known')
    n.slack.emit(event)
    await until('acked', () => acks() === 1)
    expect(n.heard).toEqual([{ text: 'while deaf', source: 'catch_up', unclaimed: false }])
  })

  it('is left alone when it is our own, and refused when it cannot be named', async () => {
    const gate = n.listening()
    await gate.start()
    const own = { type: 'message', channel: n.emergency.id, bot_id: n.slack.botId, text: 'paged', ts: '1.000001' }
    expect(await gate.replay(own, 'catch_up')).toBe('known')
    await expect(gate.replay({ text: 'x', ts: '1.1' }, 'catch_up')).rejects.toMatchObject({
      code: 'MESSAGE_UNREADABLE',
    })
    expect(n.heard).toEqual([])
  })
})

/** Ten seconds have passed for everything that was claimed. */
function aged(inbox: Inbox): Inbox {
  return { ...inbox, reclaim: (_ageMs, limit) => inbox.reclaim(0, limit) }
}
