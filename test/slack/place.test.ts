import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Night, night, until } from './rig.js'

let n: Night
beforeEach(async () => {
  n = await night()
})
afterEach(async () => {
  await n.end()
})
const texts = () => n.heard.map((one) => one.text)

describe('who and where Mayday is', () => {
  it('is asked of Slack once, and remembered', async () => {
    const gate = n.gate()
    await gate.start()
    const { teamId, botUserId, botId, appId } = n.slack
    expect(gate.identity()).toMatchObject({ teamId, botUserId, botId, appId })
    expect(gate.channelId()).toBe(n.emergency.id)
    expect(n.slack.calls('auth.test')).toHaveLength(1)
    expect(await n.store.notes.get('slack.channel:emergency')).toBe(n.emergency.id)
  })

  it.each([['emergency'], ['#emergency'], ['#Emergency']])('finds the channel by name: %s', async (channel) => {
    const gate = n.gate({ channel })
    await gate.start()
    expect(gate.channelId()).toBe(n.emergency.id)
    expect(gate.health()).toEqual([])
  })

  it('finds it by id', async () => {
    const gate = n.gate({ channel: n.emergency.id })
    expect(gate.channelId()).toBe(n.emergency.id)
    await gate.start()
    expect(gate.health()).toEqual([])
  })

  it('finds a private channel that it was invited to, behind many others', async () => {
    for (let i = 0; i < 1_200; i += 1) n.slack.addChannel({ name: `room-${i}` })
    const secret = n.slack.addChannel({ name: 'war-room', kind: 'private' })
    const gate = n.gate({ channel: 'war-room' })
    await gate.start()
    expect(gate.channelId()).toBe(secret.id)
  })

  it('joins a public channel that it is not in', async () => {
    const other = n.slack.addChannel({ name: 'incidents', member: false })
    const gate = n.listening({ channel: 'incidents' })
    await gate.start()
    expect(n.slack.calls('conversations.join')).toHaveLength(1)
    expect(gate.health()).toEqual([])
    n.slack.say({ channel: other.id, user: n.alice.id, text: 'heard there' })
    await until('heard', () => texts().includes('heard there'))
  })

  it('says what to type when it is not in a private channel, and hears as soon as it is invited', async () => {
    const secret = n.slack.addChannel({ name: 'war-room', kind: 'private', member: false })
    const gate = n.listening({ channel: 'war-room' })
    await gate.start()
    expect(gate.health().join()).toMatch(/sees no channel #war-room.*\/invite @mayday/)
    n.slack.setMembership(secret.id, true)
    await until('healthy', () => gate.health().length === 0)
    expect(gate.channelId()).toBe(secret.id)
    n.slack.say({ channel: secret.id, user: n.alice.id, text: 'now' })
    await until('heard', () => texts().includes('now'))
  })

  it('says so when it may not join', async () => {
    n.slack.addChannel({ name: 'incidents', member: false })
    n.slack.setScopes(['channels:read', 'groups:read', 'channels:history', 'users:read', 'chat:write'])
    const gate = n.gate({ channel: 'incidents' })
    await gate.start()
    expect(gate.health().join()).toMatch(/not in #incidents.*\/invite @mayday/)
  })

  it('says so when the channel is archived', async () => {
    n.slack.addChannel({ name: 'old', archived: true })
    const gate = n.gate({ channel: 'old' })
    await gate.start()
    expect(gate.health()).toHaveLength(1)
  })

  it('waits out a rate limit while it looks for the channel', async () => {
    n.slack.fault({ method: 'users.conversations', retryAfter: 1, times: 1 })
    const gate = n.gate()
    await gate.start()
    expect(gate.channelId()).toBe(n.emergency.id)
  })

  it('starts while Slack is out of reach, with what it knew, and goes on when Slack is back', async () => {
    const first = n.gate()
    await first.start()
    await first.stop()
    n.slack.outage(true)
    const gate = n.listening({ timing: { startMs: 2_000 } })
    await gate.start()
    expect(gate.channelId()).toBe(n.emergency.id)
    expect(gate.identity()?.botId).toBe(n.slack.botId)
    expect(gate.health().join()).toMatch(/Slack/)
    n.slack.outage(false)
    await until('healthy', () => gate.health().length === 0)
    n.slack.say({ channel: n.emergency.id, user: n.alice.id, text: 'back' })
    await until('heard', () => texts().includes('back'))
  })

  it.each([
    ['the channel is', ['users.conversations', 'conversations.list', 'conversations.info'], false],
    ['it is known who Mayday is', ['auth.test'], true],
  ] as const)('keeps a message that arrives before %s, and handles it then at once', async (_what, methods, byId) => {
    const off = methods.map((method) => n.slack.fault({ method, status: 503 }))
    const gate = n.listening({ timing: { startMs: 300 }, ...(byId ? { channel: n.emergency.id } : {}) })
    await gate.start()
    expect(byId ? gate.identity() : gate.channelId()).toBeUndefined()
    expect(gate.health().join()).toMatch(/Slack did not answer/)
    n.slack.say({ channel: n.emergency.id, user: n.alice.id, text: 'push is down' })
    await until('kept', () => n.log.has('error', /message waits/) && n.slack.unacked() === 0)
    expect(n.heard).toEqual([])
    for (const end of off) end()
    // Nobody reclaims it here.
    await until('heard', () => n.heard.length > 0)
    expect(n.heard).toEqual([{ text: 'push is down', source: 'live', unclaimed: false }])
  })

  it('notices that it was put out of the channel and let in again', async () => {
    const gate = n.listening()
    await gate.start()
    let gaps = 0
    gate.onGap(() => {
      gaps += 1
    })
    const secret = { is_private: true, is_member: false, is_archived: false, name: 'emergency', id: n.emergency.id }
    const out = n.slack.fault({ method: 'conversations.info', body: JSON.stringify({ ok: true, channel: secret }) })
    const us = { user: n.slack.botUserId, channel: n.emergency.id }
    n.slack.emit({ type: 'member_left_channel', ...us })
    await until('said', () => /not in #emergency/.test(gate.health().join()))
    out()
    n.slack.emit({ type: 'member_joined_channel', ...us })
    await until('healthy again', () => gate.health().length === 0)
    await until('the history is read', () => gaps === 1)
  })

  it.each(['invalid_auth', 'account_inactive', 'token_revoked'])('ends the start on %s', async (error) => {
    n.slack.fault({ method: 'auth.test', error })
    const gate = n.gate()
    await expect(gate.start()).rejects.toMatchObject({ code: 'SLACK_AUTH', message: expect.stringContaining(error) })
    await until('no socket', () => n.slack.sockets() === 0)
  })

  it('ends the start on a token that is no bot', async () => {
    const person = { ok: true, team_id: n.slack.teamId, user_id: 'U1', url: 'https://x.slack.com/' }
    n.slack.fault({ method: 'auth.test', body: JSON.stringify(person) })
    await expect(n.gate().start()).rejects.toMatchObject({ code: 'SLACK_AUTH', message: expect.stringMatching(/bot/) })
  })

  it('names the missing scope', async () => {
    n.slack.setScopes(['chat:write'])
    await expect(n.gate().start()).rejects.toMatchObject({ hint: expect.stringMatching(/channels:read|groups:read/) })
  })
})
