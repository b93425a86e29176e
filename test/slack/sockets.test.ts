import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { backoff } from '../../src/adapters/slack/waiting.js'
import { type Night, night, until } from './rig.js'

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

describe('the connection to Slack', () => {
  it('holds two sockets, says so once, and is healthy', async () => {
    const gate = n.listening()
    let ready = 0
    gate.onReady(() => {
      ready += 1
    })
    expect(gate.health()).not.toEqual([])
    await gate.start()
    await until('two sockets', () => n.slack.sockets() === 2)
    expect(gate.health()).toEqual([])
    expect(ready).toBe(1)
    say('push is down')
    await until('heard', () => n.heard.length === 1)
  })

  it.each(['warning', 'refresh_requested'] as const)('is replaced before it is given up (%s)', async (reason) => {
    const gate = n.listening({ timing: { pingMs: 5_000, retireMs: 10_000 } })
    await gate.start()
    await until('two sockets', () => n.slack.sockets() === 2)
    let lowest = 99
    let opened = 0
    n.slack.on((e) => {
      if (e.kind !== 'socket') return
      lowest = Math.min(lowest, n.slack.sockets())
      if (e['state'] === 'open') opened += 1
    })
    const gaps: number[] = []
    gate.onGap((ms) => void gaps.push(ms))
    const said: string[] = []
    for (let round = 1; round <= 3; round += 1) {
      n.slack.refreshSockets({ reason })
      for (let i = 0; i < 20; i += 1) said.push(`${round}.${i}`)
      for (const text of said.slice(-20)) say(text)
      await until('two new sockets', () => opened === 2 * round && n.slack.sockets() === 2)
    }
    await until('every message', () => n.heard.length >= said.length)
    expect(texts().sort()).toEqual(said.sort())
    if (reason === 'warning') {
      expect(lowest).toBeGreaterThanOrEqual(2)
      expect(gaps).toEqual([])
    }
  })

  it('loses nothing and repeats nothing in a storm', async () => {
    await n.listening({ timing: { retireMs: 10_000, stableMs: 0 } }).start()
    await until('two sockets', () => n.slack.sockets() === 2)
    const said: string[] = []
    for (let round = 0; round < 12; round += 1) {
      for (let i = 0; i < 25; i += 1) said.push(`${round}.${i}`)
      for (const text of said.slice(-25)) say(text)
      if (round % 4 === 1) n.slack.refreshSockets({ leaveTcpOpen: round % 8 === 1 })
      if (round % 4 === 3) n.slack.dropSockets()
      await until('half of it is heard', () => n.heard.length >= said.length - 12)
    }
    await until('all of it', () => n.heard.length >= said.length && n.slack.unacked() === 0)
    expect(texts().sort()).toEqual(said.sort())
  })

  it('cuts a recycled socket whose other end never says goodbye', async () => {
    await n.listening().start()
    await until('two sockets', () => n.slack.sockets() === 2)
    let open = 2
    n.slack.on((e) => {
      if (e.kind === 'socket') open += e['state'] === 'open' ? 1 : -1
    })
    n.slack.refreshSockets({ leaveTcpOpen: true })
    await until('the old ones are gone', () => open === 2 && n.slack.sockets() === 2)
    say('still there?')
    await until('heard', () => texts().includes('still there?'))
  })

  it('comes back when every socket is cut, and says for how long it was deaf', async () => {
    const gate = n.listening()
    await gate.start()
    await until('two sockets', () => n.slack.sockets() === 2)
    const gaps: number[] = []
    gate.onGap((ms) => void gaps.push(ms))
    n.slack.dropSockets()
    say('while deaf')
    await until('two sockets', () => n.slack.sockets() === 2)
    await until('heard by redelivery', () => texts().includes('while deaf'))
    expect(gaps.length).toBeGreaterThan(0)
    expect(texts()).toEqual(['while deaf'])
  })

  it('outlives an outage of the whole of Slack', async () => {
    const gate = n.listening()
    await gate.start()
    const gaps: number[] = []
    gate.onGap((ms) => void gaps.push(ms))
    n.slack.outage(true)
    await until('unhealthy', () => /cannot connect to Slack/.test(gate.health().join()))
    n.slack.outage(false)
    await until('healthy', () => gate.health().length === 0)
    expect(gaps).toHaveLength(1)
    say('back')
    await until('heard', () => texts().includes('back'))
  })

  it('replaces a socket whose other end is gone without a word, and has the history read', async () => {
    const gate = n.listening()
    await gate.start()
    await until('two sockets', () => n.slack.sockets() === 2)
    const gaps: number[] = []
    gate.onGap((ms) => void gaps.push(ms))
    n.slack.deafen(true, { pongs: false })
    await until('noticed', () => n.log.has('warn', /went silent/))
    n.slack.deafen(false)
    await until('two sockets', () => n.slack.sockets() === 2 && gaps.length > 0)
    say('anyone?')
    await until('heard', () => texts().includes('anyone?'))
  })

  it('makes do with one socket where Slack takes no more', async () => {
    const gate = n.listening()
    await gate.start()
    await until('two sockets', () => n.slack.sockets() === 2)
    const others = [n.listening(), n.listening(), n.listening(), n.listening()]
    for (const other of others) await other.start()
    await until('ten sockets', () => n.slack.sockets() === 10)
    const late = n.listening()
    await late.start()
    await until('refused', () => n.log.has('warn', /too many sockets/))
    expect(late.health().join()).toMatch(/too many sockets/)
    await others[0]?.stop()
    await until('one is in', () => late.health().length === 0)
    expect(gate.health()).toEqual([])
  })

  it('survives being told too_many_websockets by a working Slack', async () => {
    const gate = n.listening()
    await gate.start()
    await until('two sockets', () => n.slack.sockets() === 2)
    n.slack.tooManyWebsockets(true)
    n.slack.dropSockets()
    await until('told', () => gate.health().length > 0 && n.log.has('warn', /too many sockets/))
    n.slack.tooManyWebsockets(false)
    await until('healthy', () => gate.health().length === 0 && n.slack.sockets() === 2)
  })

  it('reads the history when Slack limits its events, in either form that Slack documents', async () => {
    const gate = n.listening()
    await gate.start()
    const gaps: number[] = []
    gate.onGap((ms) => void gaps.push(ms))
    n.slack.appRateLimited()
    n.slack.appRateLimited({ wrapped: true })
    await until('both taken', () => gaps.length === 2)
    await until('acked', () => n.slack.unacked() === 0)
    say('still alive')
    await until('heard', () => texts().includes('still alive'))
  })

  it('is not brought down by any frame', async () => {
    const gate = n.listening()
    await gate.start()
    await until('two sockets', () => n.slack.sockets() === 2)
    for (const envelope of [
      { type: 'events_api', payload: null },
      { type: 'events_api', payload: { event: null } },
      {
        type: 'events_api',
        payload: { type: 'event_callback', event: { type: 'message', user: null, channel: null } },
      },
      { type: 'events_api', payload: { event: { type: 'reaction_added', item: 'x' }, authorizations: [null] } },
      { type: 'interactive', payload: { type: 'block_actions' } },
      { type: 'interactive', payload: { type: 'view_submission' } },
      { type: 'slash_commands', payload: { command: '/nothing' } },
      { type: 'something_new', payload: {} },
      { type: 7 },
      { type: 'disconnect' },
    ])
      n.slack.emitRaw(envelope)
    say('still alive')
    await until('heard', () => texts().includes('still alive'))
    expect(gate.health()).toEqual([])
  })

  it('says what to do when somebody switches Socket Mode off, and comes back after', async () => {
    const gate = n.listening()
    await gate.start()
    await until('two sockets', () => n.slack.sockets() === 2)
    n.slack.disableLink()
    await until('said', () => /Socket Mode is switched off.*api\.slack\.com/.test(gate.health().join()))
    expect(n.log.has('error', /switched Socket Mode off/)).toBe(true)
    const refused = () => n.slack.calls('apps.connections.open').filter((call) => !call.ok).length
    await until('it keeps trying', () => refused() >= 2)
    expect(gate.health().join()).toMatch(/Socket Mode is switched off/)
    n.slack.enableLink()
    await until('healthy', () => gate.health().length === 0)
  })

  it('ends the start when Slack refuses the app-level token, and leaves no socket', async () => {
    const gate = n.gate({ mode: { kind: 'socket', appToken: 'xapp-wrong' } })
    await expect(gate.start()).rejects.toMatchObject({ code: 'SLACK_AUTH', hint: expect.stringContaining('xapp-') })
    expect(n.slack.sockets()).toBe(0)
  })

  it('ends the start when the two tokens are swapped', async () => {
    const gate = n.gate({ mode: { kind: 'socket', appToken: n.slack.botToken }, botToken: n.slack.appToken })
    await expect(gate.start()).rejects.toMatchObject({ code: 'SLACK_AUTH' })
  })

  it('goes on and says so when the tokens are revoked later', async () => {
    const gate = n.listening()
    await gate.start()
    await until('two sockets', () => n.slack.sockets() === 2)
    n.slack.revokeTokens()
    n.slack.dropSockets()
    await until('said', () => /refused SLACK_APP_TOKEN \(invalid_auth\)/.test(gate.health().join()))
    await gate.stop()
  })

  it('stops for good: no socket is left, and none comes back', async () => {
    const gate = n.listening()
    await gate.start()
    await until('two sockets', () => n.slack.sockets() === 2)
    n.slack.dropSockets()
    await gate.stop()
    const dialled = n.slack.calls('apps.connections.open').length
    await until('no socket', () => n.slack.sockets() === 0)
    say('into the void')
    await until('given up', () => n.slack.deliveries.filter((one) => one.outcome === 'connection_failed').length >= 3)
    expect(n.slack.calls('apps.connections.open')).toHaveLength(dialled)
    expect(texts()).toEqual([])
  })

  it('waits at the stop for a listener under way', async () => {
    const gate = n.gate()
    let finish: () => void = () => undefined
    const begun = new Promise<void>((begin) => {
      gate.app.message(async () => {
        begin()
        await new Promise<void>((resolve) => {
          finish = resolve
        })
      })
    })
    await gate.start()
    const { ts } = say('push is down')
    await begun
    let stopped = false
    const stop = gate.stop().then(() => {
      stopped = true
    })
    await until('no new socket is used', () => !stopped)
    finish()
    await stop
    expect(await n.store.inbox.claim(`msg:${n.emergency.id}:${ts}`, {})).toBe('finished')
  })
})

describe('the wait between two tries', () => {
  it('grows, has a random half, and never passes its cap', () => {
    expect(backoff(0, 500, 10_000, 0)).toBe(250)
    expect(backoff(0, 500, 10_000, 0.999)).toBeLessThan(500)
    expect(backoff(3, 500, 10_000, 0)).toBe(2_000)
    for (const failures of [5, 50, 5_000]) expect(backoff(failures, 500, 10_000, 0.999)).toBeLessThanOrEqual(10_000)
  })
})
