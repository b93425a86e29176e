import { describe, expect, it } from 'vitest'
import { createClock, errorOf, section, startWorkspace, webClient } from './slack-kit.js'

describe('who and where', () => {
  it('introduces the bot and tells its scopes in a header', async () => {
    const { slack, client } = await startWorkspace({ scopes: ['chat:write', 'commands'] })
    const me = await client.auth.test()
    expect(me).toMatchObject({ user_id: slack.botUserId, bot_id: slack.botId, team_id: slack.teamId })
    expect(me.response_metadata?.scopes).toEqual(['chat:write', 'commands'])
    const app = await webClient(slack, slack.appToken).auth.test()
    expect(app).toMatchObject({ app_id: slack.appId })
  })

  it('echoes api.test and fails it on demand', async () => {
    const { client } = await startWorkspace()
    expect(await client.apiCall('api.test', { foo: 'bar' })).toMatchObject({ args: { foo: 'bar' } })
    expect(await errorOf(client.api.test({ error: 'my_error' }))).toBe('my_error')
  })

  it('knows the team, the bot and the other bots that posted', async () => {
    const { slack, client, emergency } = await startWorkspace()
    expect((await client.team.info()).team).toMatchObject({ id: slack.teamId, domain: 'mayday-sim' })
    expect((await client.bots.info({ bot: slack.botId })).bot).toMatchObject({ app_id: slack.appId })
    slack.say({ channel: emergency, botId: 'B0ALERTS', text: 'disk full' })
    expect((await client.bots.info({ bot: 'B0ALERTS' })).bot).toMatchObject({ id: 'B0ALERTS' })
    expect(await errorOf(client.bots.info({ bot: 'B0NOBODY' }))).toBe('bot_not_found')
  })

  it('tells members, guests, strangers, admins and bots apart', async () => {
    const { slack, client, ana } = await startWorkspace()
    const guest = slack.addPerson({ name: 'gus', kind: 'single_channel_guest' }).id
    const stranger = slack.addPerson({ name: 'sam', kind: 'stranger' }).id
    const owner = slack.addPerson({ name: 'olga', kind: 'owner' }).id
    const of = async (user: string) => (await client.users.info({ user })).user
    expect(await of(ana)).toMatchObject({ is_restricted: false, is_bot: false, team_id: slack.teamId })
    expect(await of(guest)).toMatchObject({ is_restricted: true, is_ultra_restricted: true })
    expect(await of(stranger)).toMatchObject({ is_stranger: true })
    expect((await of(stranger))?.team_id).not.toBe(slack.teamId)
    expect(await of(owner)).toMatchObject({ is_admin: true, is_owner: true })
    expect(await of(slack.botUserId)).toMatchObject({ is_bot: true })
    expect(await errorOf(client.users.info({ user: 'U0NOBODY' }))).toBe('user_not_found')
  })

  it('pages through the people and finds one by address', async () => {
    const { slack, client, ana } = await startWorkspace()
    for (let i = 0; i < 5; i += 1) slack.addPerson({ name: `person-${i}` })
    const names: string[] = []
    for await (const page of client.paginate('users.list', { limit: 3 })) {
      const members = (page as { members?: { name: string }[] }).members ?? []
      expect(members.length).toBeLessThanOrEqual(3)
      names.push(...members.map((m) => m.name))
    }
    expect(names).toHaveLength(7)
    expect((await client.users.lookupByEmail({ email: 'Ana@Example.org' })).user?.id).toBe(ana)
    expect(await errorOf(client.users.lookupByEmail({ email: 'no@example.org' }))).toBe('users_not_found')
  })

  it('hides addresses from a token without users:read.email', async () => {
    const { slack, client, ana } = await startWorkspace()
    slack.setScopes(['users:read'])
    expect((await client.users.info({ user: ana })).user?.profile?.email).toBeUndefined()
    expect(await errorOf(client.users.lookupByEmail({ email: 'ana@example.org' }))).toBe('missing_scope')
  })

  it('lists user groups and their members', async () => {
    const { slack, client, ana } = await startWorkspace()
    const group = slack.addUserGroup({ handle: 'sre', users: [ana] }).id
    const listed = await client.usergroups.list({ include_users: true })
    expect(listed.usergroups?.[0]).toMatchObject({ id: group, handle: 'sre', users: [ana] })
    slack.setUserGroup(group, [])
    expect((await client.usergroups.users.list({ usergroup: group })).users).toEqual([])
    expect(await errorOf(client.usergroups.users.list({ usergroup: 'S0' }))).toBe('no_such_subteam')
  })
})

describe('channels', () => {
  it('lists by kind, hides private ones that the bot is not in, and pages', async () => {
    const { slack, client } = await startWorkspace()
    slack.addChannel({ name: 'random', member: false })
    slack.addChannel({ name: 'secret', kind: 'private', member: false })
    slack.addChannel({ name: 'war-room', kind: 'private' })
    const names = async (types: string) => (await client.conversations.list({ types })).channels?.map((c) => c.name)
    expect(await names('public_channel')).toEqual(['emergency', 'random'])
    expect(await names('public_channel,private_channel')).toEqual(['emergency', 'random', 'war-room'])
    const first = await client.conversations.list({ limit: 1 })
    expect(first.channels).toHaveLength(1)
    expect(first.response_metadata?.next_cursor).not.toBe('')
    const mine = await client.users.conversations({ types: 'public_channel' })
    expect(mine.channels?.map((c) => c.name)).toEqual(['emergency'])
  })

  it('joins a public channel, says so to the people and to the app, and is calm about doing it twice', async () => {
    const { slack, client } = await startWorkspace()
    const room = slack.addChannel({ name: 'random', member: false }).id
    expect((await client.conversations.info({ channel: room })).channel?.is_member).toBe(false)
    await client.conversations.join({ channel: room })
    expect((await client.conversations.info({ channel: room })).channel?.is_member).toBe(true)
    expect(slack.messages(room).at(-1)).toMatchObject({ subtype: 'channel_join', user: slack.botUserId })
    expect((await client.conversations.join({ channel: room })).warning).toBe('already_in_channel')
    const secret = slack.addChannel({ name: 'secret', kind: 'private', member: false }).id
    expect(await errorOf(client.conversations.join({ channel: secret }))).toBe('channel_not_found')
  })

  it('names members, opens direct conversations and sets the topic', async () => {
    const { slack, client, emergency, ana } = await startWorkspace()
    const members = await client.conversations.members({ channel: emergency })
    expect(members.members).toEqual([slack.botUserId, ana])
    const dm = (await client.conversations.open({ users: ana })).channel?.id ?? ''
    expect(dm).toMatch(/^D/)
    expect((await client.conversations.open({ users: ana })).channel?.id).toBe(dm)
    await client.chat.postMessage({ channel: ana, text: 'you are paged' })
    expect(slack.messages(dm).map((m) => m.text)).toEqual(['you are paged'])
    await client.conversations.setTopic({ channel: emergency, topic: 'Push is down' })
    expect((await client.conversations.info({ channel: emergency })).channel?.topic?.value).toBe('Push is down')
  })
})

describe('posting', () => {
  it('posts, replies, broadcasts, updates and deletes, and people see every state', async () => {
    const { slack, client, emergency, ana } = await startWorkspace()
    const { ts } = slack.say({ channel: emergency, user: ana, text: 'push is down' })
    const reply = await client.chat.postMessage({ channel: emergency, thread_ts: ts, text: 'sending' })
    expect(reply.message).toMatchObject({ thread_ts: ts, bot_id: slack.botId, app_id: slack.appId })
    const replyTs = reply.ts ?? ''
    await client.chat.update({ channel: emergency, ts: replyTs, text: 'sent' })
    await client.chat.postMessage({ channel: emergency, thread_ts: ts, text: 'look', reply_broadcast: true })
    const [, first, second] = slack.thread(emergency, ts)
    expect(first).toMatchObject({ text: 'sent', edits: 1, deleted: false })
    expect(first?.updates.map((u) => u.text)).toEqual(['sending', 'sent'])
    expect(second?.subtype).toBe('thread_broadcast')
    await client.chat.delete({ channel: emergency, ts: replyTs })
    expect(slack.thread(emergency, ts)[1]?.deleted).toBe(true)
    expect(await errorOf(client.chat.update({ channel: emergency, ts: replyTs, text: 'x' }))).toBe('message_not_found')
  })

  it('keeps blocks through an update without blocks, and drops them for an empty list', async () => {
    const { slack, client, emergency } = await startWorkspace()
    const { ts = '' } = await client.chat.postMessage({ channel: emergency, text: 'a', blocks: [section('a')] })
    await client.chat.update({ channel: emergency, ts, text: 'b' })
    expect(slack.messages(emergency)[0]?.blocks).toHaveLength(1)
    await client.chat.update({ channel: emergency, ts, text: 'c', blocks: [] })
    expect(slack.messages(emergency)[0]).not.toHaveProperty('blocks')
  })

  it('refuses what is empty, too long, misplaced or not its own', async () => {
    const { slack, client, emergency, ana } = await startWorkspace()
    const { ts } = slack.say({ channel: emergency, user: ana, text: 'mine' })
    const outside = slack.addChannel({ name: 'outside', member: false }).id
    const closed = slack.addChannel({ name: 'closed', archived: true }).id
    const post = async (channel: string, text: string) => await errorOf(client.chat.postMessage({ channel, text }))
    expect(await post(emergency, '')).toBe('no_text')
    expect(await post('C0NOWHERE', 'x')).toBe('channel_not_found')
    expect(await post(outside, 'x')).toBe('not_in_channel')
    expect(await post(closed, 'x')).toBe('is_archived')
    expect(await errorOf(client.chat.update({ channel: emergency, ts, text: 'x' }))).toBe('cant_update_message')
    expect(await errorOf(client.chat.delete({ channel: emergency, ts }))).toBe('cant_delete_message')
    await client.chat.postMessage({ channel: '#emergency', text: 'a'.repeat(50_000) })
    const long = slack.messages(emergency).at(-1)
    expect(long?.text).toHaveLength(40_000)
    const late = client.chat.update({ channel: emergency, ts: long?.ts ?? '', text: 'b'.repeat(4_001) })
    expect(await errorOf(late)).toBe('msg_too_long')
  })

  it('refuses faulty blocks with a pointer to each fault', async () => {
    const { client, emergency } = await startWorkspace()
    const blocks = [section('x'.repeat(3001))]
    const refusal = client.chat.postMessage({ channel: emergency, text: 'x', blocks })
    await expect(refusal).rejects.toMatchObject({
      data: {
        error: 'invalid_blocks',
        response_metadata: { messages: [expect.stringContaining('[json-pointer:/blocks/0/text/text]')] },
      },
    })
    const many = Array.from({ length: 5 }, () => section('y'.repeat(2900)))
    const sum = client.chat.postMessage({ channel: emergency, text: 'x', blocks: many })
    expect(await errorOf(sum)).toBe('msg_blocks_too_long')
    await expect(client.blocks.validate({ blocks })).rejects.toMatchObject({
      data: { errors: [{ pointer: '/blocks/0/text/text', code: 'too_long' }] },
    })
    expect((await client.blocks.validate({ blocks: [section('fine')] })).ok).toBe(true)
  })

  it('carries metadata through the history, when asked', async () => {
    const { client, emergency } = await startWorkspace()
    const metadata = { event_type: 'page', event_payload: { key: 'k1' } }
    await client.chat.postMessage({ channel: emergency, text: 'x', metadata })
    const plain = await client.conversations.history({ channel: emergency })
    expect(plain.messages?.[0]).not.toHaveProperty('metadata')
    const full = await client.conversations.history({ channel: emergency, include_all_metadata: true })
    expect(full.messages?.[0]).toMatchObject({ metadata })
    const broken = client.apiCall('chat.postMessage', { channel: emergency, text: 'x', metadata: { a: 1 } })
    expect(await errorOf(broken)).toBe('invalid_metadata_format')
  })

  it('posts in the channel itself when the parent of the thread is gone', async () => {
    const { slack, client, emergency, ana } = await startWorkspace()
    const { ts } = slack.say({ channel: emergency, user: ana, text: 'oops' })
    slack.erase({ channel: emergency, ts })
    await client.chat.postMessage({ channel: emergency, thread_ts: ts, text: 'paged' })
    expect(slack.messages(emergency).at(-1)).not.toHaveProperty('threadTs')
  })

  it('whispers to one person who is in the channel', async () => {
    const { slack, client, emergency, ana } = await startWorkspace()
    const bea = slack.addPerson({ name: 'bea' }).id
    slack.setPersonMembership(emergency, bea, false)
    await client.chat.postEphemeral({ channel: emergency, user: ana, text: 'only you' })
    expect(slack.ephemerals(ana)).toMatchObject([{ text: 'only you', via: 'chat.postEphemeral' }])
    expect(slack.ephemerals(bea)).toEqual([])
    const away = client.chat.postEphemeral({ channel: emergency, user: bea, text: 'x' })
    expect(await errorOf(away)).toBe('user_not_in_channel')
  })

  it('makes permalinks as Slack does', async () => {
    const { slack, client, emergency, ana } = await startWorkspace({ now: () => 1_625_752_800_000 })
    const { ts } = slack.say({ channel: emergency, user: ana, text: 'x' })
    const link = await client.chat.getPermalink({ channel: emergency, message_ts: ts })
    expect(link.permalink).toBe(`https://mayday-sim.slack.com/archives/${emergency}/p1625752800000000`)
  })
})

describe('reading back', () => {
  it('pages the history newest first, without replies and without what was deleted', async () => {
    const { slack, client, emergency, ana } = await startWorkspace()
    const sent = ['one', 'two', 'three', 'four'].map((text) => slack.say({ channel: emergency, user: ana, text }).ts)
    slack.say({ channel: emergency, user: ana, text: 'reply', threadTs: sent[0] ?? '' })
    slack.say({ channel: emergency, user: ana, text: 'loud', threadTs: sent[0] ?? '', broadcast: true })
    slack.erase({ channel: emergency, ts: sent[1] ?? '' })
    const texts: (string | undefined)[] = []
    for await (const page of client.paginate('conversations.history', { channel: emergency, limit: 2 }))
      texts.push(...((page as { messages?: { text?: string }[] }).messages ?? []).map((m) => m.text))
    expect(texts).toEqual(['loud', 'four', 'three', 'one'])
  })

  it('takes bounds exclusively unless told otherwise', async () => {
    const { slack, client, emergency, ana } = await startWorkspace()
    const [a, b, c] = ['a', 'b', 'c'].map((text) => slack.say({ channel: emergency, user: ana, text }).ts)
    const read = async (o: object) =>
      (await client.conversations.history({ channel: emergency, ...o })).messages?.map((m) => m.text)
    expect(await read({ oldest: a })).toEqual(['c', 'b'])
    expect(await read({ oldest: a, latest: c })).toEqual(['b'])
    expect(await read({ oldest: b, latest: b, inclusive: true })).toEqual(['b'])
  })

  it('returns a thread with its parent first', async () => {
    const { slack, client, emergency, ana } = await startWorkspace()
    const { ts } = slack.say({ channel: emergency, user: ana, text: 'parent' })
    for (const text of ['r1', 'r2', 'r3']) slack.say({ channel: emergency, user: ana, text, threadTs: ts })
    const page = await client.conversations.replies({ channel: emergency, ts, limit: 2 })
    expect(page.messages?.map((m) => m.text)).toEqual(['parent', 'r1'])
    expect(page.messages?.[0]).toMatchObject({ reply_count: 3, thread_ts: ts })
    const cursor = page.response_metadata?.next_cursor ?? ''
    const rest = await client.conversations.replies({ channel: emergency, ts, cursor })
    expect(rest.messages?.map((m) => m.text)).toEqual(['r2', 'r3'])
    expect(await errorOf(client.conversations.replies({ channel: emergency, ts: '1.000001' }))).toBe('thread_not_found')
  })

  it('answers not_in_channel and missing_scope before anything is read', async () => {
    const { slack, client, emergency } = await startWorkspace()
    slack.setMembership(emergency, false)
    expect(await errorOf(client.conversations.history({ channel: emergency }))).toBe('not_in_channel')
    slack.setScopes(['chat:write'])
    await expect(client.conversations.history({ channel: emergency })).rejects.toMatchObject({
      data: { error: 'missing_scope', needed: 'channels:history', provided: 'chat:write' },
    })
  })

  it('gives every message a timestamp of its own, in order, even when the clock stands still', async () => {
    const { slack, emergency, ana } = await startWorkspace({ now: () => 1_625_752_800_000 })
    const sent = Array.from({ length: 50 }, () => slack.say({ channel: emergency, user: ana, text: 'x' }).ts)
    expect(new Set(sent).size).toBe(50)
    expect([...sent].sort()).toEqual(sent)
    expect(sent[0]).toMatch(/^\d{10}\.\d{6}$/)
  })
})

describe('marks and files', () => {
  it('adds and takes back reactions, once', async () => {
    const { slack, client, emergency, ana } = await startWorkspace()
    const { ts } = slack.say({ channel: emergency, user: ana, text: 'x' })
    const on = { channel: emergency, timestamp: ts, name: 'eyes' }
    await client.reactions.add(on)
    expect(await errorOf(client.reactions.add(on))).toBe('already_reacted')
    slack.react({ channel: emergency, ts, user: ana, name: 'eyes' })
    const got = await client.reactions.get({ channel: emergency, timestamp: ts })
    expect(got.message?.reactions).toMatchObject([{ name: 'eyes', count: 2 }])
    await client.reactions.remove(on)
    expect(slack.messages(emergency)[0]?.reactions).toEqual([{ name: 'eyes', users: [ana] }])
    expect(await errorOf(client.reactions.remove(on))).toBe('no_reaction')
  })

  it('pins and unpins', async () => {
    const { slack, client, emergency, ana } = await startWorkspace()
    const { ts } = slack.say({ channel: emergency, user: ana, text: 'x' })
    const on = { channel: emergency, timestamp: ts }
    await client.pins.add(on)
    expect(await errorOf(client.pins.add(on))).toBe('already_pinned')
    await client.pins.remove(on)
    expect(await errorOf(client.pins.remove(on))).toBe('no_pin')
  })

  it('keeps bookmarks', async () => {
    const { client, emergency } = await startWorkspace()
    const place = { channel_id: emergency }
    const added = await client.bookmarks.add({ ...place, title: 'Doc', type: 'link', link: 'https://example.org' })
    const bookmark_id = added.bookmark?.id ?? ''
    await client.bookmarks.edit({ ...place, bookmark_id, title: 'Runbook' })
    expect((await client.bookmarks.list(place)).bookmarks?.map((b) => b.title)).toEqual(['Runbook'])
    await client.bookmarks.remove({ ...place, bookmark_id })
    expect((await client.bookmarks.list(place)).bookmarks).toEqual([])
  })

  it('takes a file in three steps and shares it in a thread', async () => {
    const { slack, client, emergency, ana } = await startWorkspace()
    const { ts } = slack.say({ channel: emergency, user: ana, text: 'x' })
    await client.filesUploadV2({
      channel_id: emergency,
      thread_ts: ts,
      filename: 'review.md',
      content: '# Review',
      initial_comment: 'The review',
    })
    expect(slack.calls('files.getUploadURLExternal')).toHaveLength(1)
    expect(slack.calls('upload')).toMatchObject([{ status: 200 }])
    expect(slack.calls('files.completeUploadExternal')).toMatchObject([{ ok: true }])
    expect(slack.thread(emergency, ts)[1]).toMatchObject({
      subtype: 'file_share',
      text: 'The review',
      files: [{ name: 'review.md' }],
    })
  })
})

describe('tokens, forms and limits', () => {
  it('tells missing, wrong, misused and revoked tokens apart', async () => {
    const { slack, client } = await startWorkspace()
    expect(await errorOf(webClient(slack, '').auth.test())).toBe('not_authed')
    expect(await errorOf(webClient(slack, 'xoxb-no').auth.test())).toBe('invalid_auth')
    expect(await errorOf(client.apps.connections.open())).toBe('not_allowed_token_type')
    expect(await errorOf(webClient(slack, slack.appToken).team.info())).toBe('not_allowed_token_type')
    slack.revokeTokens()
    expect(await errorOf(client.auth.test())).toBe('invalid_auth')
  })

  it('reads JSON bodies as well as forms, and remembers methods that it does not know', async () => {
    const { slack, client, emergency } = await startWorkspace()
    const answer = await fetch(`${slack.apiUrl}chat.postMessage`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${slack.botToken}` },
      body: JSON.stringify({ channel: emergency, blocks: [section('from JSON')] }),
    })
    expect(await answer.json()).toMatchObject({ ok: true, channel: emergency })
    await client.chat.postMessage({ channel: emergency, text: 'form', blocks: [section('from a form')] })
    const [json, form] = slack.calls('chat.postMessage')
    expect(json?.args['blocks']).toEqual([section('from JSON')])
    expect(form?.args['blocks']).toEqual([section('from a form')])
    expect(await errorOf(client.apiCall('admin.users.remove'))).toBe('unknown_method')
    expect(slack.calls('admin.users.remove')).toMatchObject([{ error: 'unknown_method', token: 'bot' }])
  })

  it('answers 429 by tier, with the seconds to wait, and serves again afterwards', async () => {
    const clock = createClock()
    const { slack, client, emergency } = await startWorkspace({ limits: 'tiers', now: clock.now })
    const { ts = '' } = await client.chat.postMessage({ channel: emergency, text: 'x' })
    for (let i = 0; i < 50; i += 1) await client.chat.update({ channel: emergency, ts, text: `${i}` })
    await expect(client.chat.update({ channel: emergency, ts, text: 'one too many' })).rejects.toMatchObject({
      retryAfter: 60,
    })
    expect(slack.messages(emergency)[0]?.text).toBe('49')
    clock.forward(60_000)
    await client.chat.update({ channel: emergency, ts, text: 'again' })
    expect(slack.messages(emergency)[0]?.text).toBe('again')
  })

  it('lets a burst of posts through to one channel, then one a second, and other channels in between', async () => {
    const clock = createClock()
    const { slack, client, emergency } = await startWorkspace({ limits: 'tiers', now: clock.now })
    const other = slack.addChannel({ name: 'other' }).id
    for (let i = 0; i < 5; i += 1) await client.chat.postMessage({ channel: emergency, text: 'x' })
    const sixth = client.chat.postMessage({ channel: emergency, text: 'x' })
    await expect(sixth).rejects.toMatchObject({ retryAfter: 5 })
    await client.chat.postMessage({ channel: other, text: 'x' })
    clock.forward(5_000)
    await client.chat.postMessage({ channel: emergency, text: 'x' })
    expect(slack.messages(emergency)).toHaveLength(6)
  })
})
