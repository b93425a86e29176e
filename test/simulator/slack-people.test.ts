import { App, LogLevel } from '@slack/bolt'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { SlackSimulatorOptions } from '../../src/simulator/slack/simulator.js'
import {
  button,
  createClock,
  errorOf,
  modal,
  section,
  silent,
  startWorkspace,
  until,
  type Workspace,
} from './slack-kit.js'

/** A workspace with a real Bolt app in it. */
async function startApp(
  register: (app: App, workspace: Workspace) => void,
  options: SlackSimulatorOptions = {},
): Promise<Workspace> {
  const workspace = await startWorkspace(options)
  const { slack } = workspace
  const app = new App({
    token: slack.botToken,
    appToken: slack.appToken,
    socketMode: true,
    deferInitialization: true,
    convoStore: false,
    logLevel: LogLevel.ERROR,
    logger: silent,
    clientOptions: { slackApiUrl: slack.apiUrl, timeout: 5000, retryConfig: { retries: 0 } },
  })
  register(app, workspace)
  await app.init()
  await app.start()
  onTestFinished(async () => {
    await app.stop()
    await until(() => slack.sockets() === 0)
  })
  return workspace
}

describe('what people write (say, edit, erase, react)', () => {
  it('reaches the app escaped, with links and broadcasts as Slack marks them', async () => {
    const heard: (string | undefined)[] = []
    const { slack, emergency, ana } = await startApp((app) => {
      app.message(async ({ message }) => {
        heard.push('text' in message ? message.text : undefined)
      })
    })
    const write = (text: string) => slack.say({ channel: emergency, user: ana, text })
    write('a < b && c > d')
    write('<!channel> look, <@U123ABC> in <#C123|general>')
    write('@here it is https://example.org/x?a=1&b=2.')
    write('not an @hereafter')
    await until(() => heard.length === 4)
    expect(heard).toEqual([
      'a &lt; b &amp;&amp; c &gt; d',
      '<!channel> look, <@U123ABC> in <#C123|general>',
      '<!here> it is <https://example.org/x?a=1&amp;b=2>.',
      'not an @hereafter',
    ])
  })

  it('keeps what the app escaped and escapes what it did not', async () => {
    const { slack, client, emergency, ana } = await startWorkspace()
    await client.chat.postMessage({ channel: emergency, text: `R&amp;D & <@${ana}> < 3` })
    expect(slack.messages(emergency)[0]?.text).toBe(`R&amp;D &amp; <@${ana}> &lt; 3`)
  })

  it('arrives with the subtype that Slack gives it', async () => {
    const heard: Record<string, unknown>[] = []
    const { slack, emergency, ana } = await startApp((app) => {
      app.event('message', async ({ event }) => {
        heard.push({ ...event })
      })
    })
    const { ts } = slack.say({ channel: emergency, user: ana, text: 'plain' })
    slack.say({ channel: emergency, user: ana, text: 'with file', files: [{ id: 'F1' }] })
    slack.say({ channel: emergency, user: ana, text: 'reply', threadTs: ts })
    slack.say({ channel: emergency, user: ana, text: 'loud', threadTs: ts, broadcast: true })
    slack.say({ channel: emergency, botId: 'B0ALERTS', text: 'alert' })
    slack.say({ channel: emergency, user: ana, subtype: 'me_message', text: 'waves' })
    slack.say({ channel: emergency, user: 'USLACKBOT', text: 'a reminder' })
    await until(() => heard.length === 7)
    const of = (text: string) => heard.find((e) => e['text'] === text)
    expect(of('plain')).not.toHaveProperty('subtype')
    expect(of('plain')).toHaveProperty('client_msg_id')
    expect(of('with file')).toMatchObject({ subtype: 'file_share', files: [{ id: 'F1' }] })
    expect(of('reply')).toMatchObject({ thread_ts: ts, parent_user_id: ana })
    expect(of('loud')).toMatchObject({ subtype: 'thread_broadcast', root: { text: 'plain' } })
    expect(of('alert')).toMatchObject({ subtype: 'bot_message', bot_id: 'B0ALERTS' })
    expect(of('waves')).toMatchObject({ subtype: 'me_message' })
    expect(of('a reminder')).toMatchObject({ user: 'USLACKBOT' })
  })

  it('tells of edits, deletes and reactions; a parent with replies becomes a tombstone', async () => {
    const heard: Record<string, unknown>[] = []
    const { slack, client, emergency, ana } = await startApp((app) => {
      for (const type of ['message', 'reaction_added', 'reaction_removed'])
        app.event(type, async ({ event }) => {
          heard.push({ ...event })
        })
    })
    const { ts } = slack.say({ channel: emergency, user: ana, text: 'push is dwon' })
    slack.edit({ channel: emergency, ts, text: 'push is down' })
    slack.react({ channel: emergency, ts, user: ana, name: 'eyes' })
    slack.react({ channel: emergency, ts, user: ana, name: 'eyes', remove: true })
    const lone = slack.say({ channel: emergency, user: ana, text: 'oops' }).ts
    slack.erase({ channel: emergency, ts: lone })
    slack.say({ channel: emergency, user: ana, text: 'reply', threadTs: ts })
    slack.erase({ channel: emergency, ts })
    await until(() => heard.length === 8)
    const hidden = heard.filter((e) => e['hidden'] === true)
    expect(hidden).toMatchObject([
      { subtype: 'message_changed', message: { text: 'push is down' }, previous_message: { text: 'push is dwon' } },
      { subtype: 'message_deleted', deleted_ts: lone, previous_message: { text: 'oops' } },
      { subtype: 'message_changed', message: { subtype: 'tombstone', user: 'USLACKBOT', ts } },
    ])
    expect(heard.filter((e) => String(e['type']).startsWith('reaction')).map((e) => e['type'])).toEqual([
      'reaction_added',
      'reaction_removed',
    ])
    const { messages } = await client.conversations.history({ channel: emergency })
    expect(messages?.map((m) => m.subtype)).toEqual(['tombstone'])
  })

  it("echoes the bot's own posts and updates, which Bolt ignores", async () => {
    const own: unknown[] = []
    const { slack, client, emergency } = await startApp((app) => {
      app.message(async ({ message }) => {
        own.push(message)
      })
    })
    const { ts = '' } = await client.chat.postMessage({ channel: emergency, text: 'x' })
    await client.chat.update({ channel: emergency, ts, text: 'y' })
    await until(() => slack.deliveries.length === 2 && slack.unacked() === 0)
    expect(slack.deliveries.map((d) => d.payload)).toMatchObject([
      { event: { bot_id: slack.botId, user: slack.botUserId, text: 'x' } },
      { event: { subtype: 'message_changed' } },
    ])
    expect(own.every((m) => JSON.stringify(m).includes('message_changed'))).toBe(true)
  })

  it('tells who comes, who goes and who is in a group (setPersonMembership, setUserGroup)', async () => {
    const heard: unknown[] = []
    const { slack, emergency, ana } = await startApp((app) => {
      for (const type of ['member_joined_channel', 'member_left_channel', 'subteam_members_changed'])
        app.event(type, async ({ event }) => {
          heard.push(event.type)
        })
    })
    const { id } = slack.addUserGroup({ handle: 'sre', users: [] })
    slack.setPersonMembership(emergency, ana, false)
    slack.setPersonMembership(emergency, ana, true)
    slack.setUserGroup(id, [ana])
    await until(() => heard.length === 3)
    expect([...heard].sort()).toEqual(['member_joined_channel', 'member_left_channel', 'subteam_members_changed'])
    expect(slack.messages(emergency).map((m) => m.subtype)).toEqual(['channel_leave', 'channel_join'])
  })
})

describe('press', () => {
  const rows = ['one', 'two'].map((step) => ({ ...section(step), block_id: step, accessory: button('done', step) }))

  it('sends the pressed element, and lets the app answer in place', async () => {
    const pressed: unknown[] = []
    const { slack, client, emergency, ana } = await startApp((app) => {
      app.action('done', async ({ ack, body, action, respond }) => {
        await ack()
        pressed.push({ action, user: body.user.id, type: body.type })
        await respond({ replace_original: true, text: 'done' })
      })
    })
    const { ts = '' } = await client.chat.postMessage({ channel: emergency, text: 'list', blocks: rows })
    const result = await slack.press({ user: ana, channel: emergency, ts, actionId: 'done', value: 'two' })
    expect(result).toEqual({ acked: true })
    await until(() => slack.messages(emergency)[0]?.text === 'done')
    expect(pressed).toMatchObject([
      {
        type: 'block_actions',
        user: ana,
        action: { action_id: 'done', block_id: 'two', value: 'two', type: 'button' },
      },
    ])
    expect(slack.messages(emergency)[0]).not.toHaveProperty('blocks')
  })

  it('refuses to press what the person cannot see, and says what is there', async () => {
    const { slack, client, emergency, ana } = await startApp((app) => {
      app.action(/.*/, async ({ ack }) => await ack())
    })
    const { ts = '' } = await client.chat.postMessage({ channel: emergency, text: 'list', blocks: rows })
    const press = async (actionId: string, more: object = {}) =>
      await slack.press({ user: ana, channel: emergency, ts, actionId, ...more })
    await expect(press('gone')).rejects.toThrow(/shows no element gone.*done=one, done=two/)
    await expect(press('done', { value: 'three' })).rejects.toThrow(/with value three/)
    await client.chat.update({ channel: emergency, ts, text: 'no buttons any more', blocks: [section('closed')] })
    await expect(press('done')).rejects.toThrow(/shows no element done/)
    expect(await press('done', { stale: true })).toEqual({ acked: true })
    await client.chat.delete({ channel: emergency, ts })
    await expect(press('done', { stale: true })).rejects.toThrow(/sees no message/)
  })

  it('chooses from menus only what they offer', async () => {
    const chosen: unknown[] = []
    const { slack, client, emergency, ana } = await startApp((app) => {
      app.action('team', async ({ ack, action }) => {
        await ack()
        chosen.push(action)
      })
    })
    const options = ['infra', 'apps'].map((value) => ({ value, text: { type: 'plain_text' as const, text: value } }))
    const blocks = [
      {
        type: 'actions' as const,
        elements: [{ type: 'static_select' as const, action_id: 'team', options }],
      },
    ]
    const { ts = '' } = await client.chat.postMessage({ channel: emergency, text: 'x', blocks })
    const at = { user: ana, channel: emergency, ts, actionId: 'team' }
    await expect(slack.press({ ...at, selected: 'nobody' })).rejects.toThrow(/offers: infra, apps/)
    await slack.press({ ...at, selected: 'apps' })
    expect(chosen).toMatchObject([{ type: 'static_select', selected_option: { value: 'apps' } }])
  })

  it('asks before a dangerous button: no means that the app hears nothing', async () => {
    let pressed = 0
    const { slack, client, emergency, ana } = await startApp((app) => {
      app.action('purge', async ({ ack }) => {
        await ack()
        pressed += 1
      })
    })
    const plain = (text: string) => ({ type: 'plain_text' as const, text })
    const confirm = { title: plain('Sure?'), text: plain('It is gone then'), confirm: plain('Yes'), deny: plain('No') }
    const blocks = [{ type: 'actions' as const, elements: [{ ...button('purge'), confirm }] }]
    const { ts = '' } = await client.chat.postMessage({ channel: emergency, text: 'x', blocks })
    const at = { user: ana, channel: emergency, ts, actionId: 'purge' }
    expect(await slack.press({ ...at, confirm: false })).toEqual({ acked: false, error: 'cancelled' })
    expect(pressed).toBe(0)
    expect(await slack.press({ ...at, confirm: true })).toEqual({ acked: true })
    expect(pressed).toBe(1)
  })

  it('works on what only one person sees, and there the app can take it away', async () => {
    const { slack, client, emergency, ana } = await startApp((app) => {
      app.action('done', async ({ ack, respond }) => {
        await ack()
        await respond({ delete_original: true })
      })
    })
    const bea = slack.addPerson({ name: 'bea' }).id
    await client.chat.postEphemeral({ channel: emergency, user: ana, text: 'x', blocks: rows })
    const ts = slack.ephemerals(ana)[0]?.ts ?? ''
    await expect(slack.press({ user: bea, channel: emergency, ts, actionId: 'done' })).rejects.toThrow(
      /sees no message/,
    )
    await slack.press({ user: ana, channel: emergency, ts, actionId: 'done' })
    await until(() => slack.ephemerals(ana)[0]?.deleted === true)
  })

  it('ends in operation_timeout when nobody acks and in dispatch_failed when nobody is there; neither is repeated', async () => {
    const { slack, client, emergency, ana } = await startWorkspace({ ackTimeoutMs: 30, retryDelaysMs: [] })
    const { ts = '' } = await client.chat.postMessage({ channel: emergency, text: 'x', blocks: rows })
    const at = { user: ana, channel: emergency, ts, actionId: 'done' }
    expect(await slack.press(at)).toEqual({ acked: false, error: 'dispatch_failed' })
    slack.deafen(true)
    expect(await slack.press(at)).toEqual({ acked: false, error: 'operation_timeout' })
    expect(slack.deliveries.filter((d) => d.type === 'interactive')).toHaveLength(2)
  })
})

describe('slash', () => {
  it('shows what the app says in the ack and on the response_url, five times within thirty minutes', async () => {
    const clock = createClock()
    let url = ''
    const { slack, emergency, ana } = await startApp(
      (app) => {
        app.command('/mayday', async ({ ack, command }) => {
          url = command.response_url
          await ack(`you said ${command.text}`)
        })
      },
      { now: clock.now },
    )
    await slack.slash({ user: ana, channel: emergency, command: '/mayday', text: 'status' })
    expect(slack.ephemerals(ana)).toMatchObject([{ text: 'you said status', via: 'ack' }])
    const answer = async (body: object) =>
      await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
    expect(await (await answer({ text: 'loud', response_type: 'in_channel' })).text()).toBe('ok')
    expect(slack.messages(emergency)).toMatchObject([{ text: 'loud', botId: slack.botId }])
    for (let i = 2; i <= 5; i += 1) expect((await answer({ text: `${i}` })).status).toBe(200)
    const sixth = await answer({ text: '6' })
    expect([sixth.status, await sixth.json()]).toEqual([404, { ok: false, error: 'used_url' }])
    await slack.slash({ user: ana, channel: emergency, command: '/mayday' })
    clock.forward(30 * 60_000 + 1)
    expect(await (await answer({ text: 'late' })).json()).toEqual({ ok: false, error: 'expired_url' })
    expect(slack.calls('response_url')).toHaveLength(7)
  })

  it('turns names into mentions where the manifest asks for it', async () => {
    const texts: string[] = []
    const { slack, emergency, ana } = await startApp((app) => {
      app.command('/x', async ({ ack, command }) => {
        texts.push(command.text)
        await ack()
      })
    })
    const at = { user: ana, channel: emergency, command: '/x', text: 'assign 3 @ana in #emergency' }
    await slack.slash(at)
    await slack.slash({ ...at, escape: true })
    expect(texts).toEqual(['assign 3 @ana in #emergency', `assign 3 <@${ana}|ana> in <#${emergency}|emergency>`])
  })
})

describe('views', () => {
  const opening = (app: App) =>
    app.command('/form', async ({ ack, client, command }) => {
      await ack()
      await client.views.open({ trigger_id: command.trigger_id, view: modal() })
    })
  const opened = async (w: Workspace) => {
    await w.slack.slash({ user: w.ana, channel: w.emergency, command: '/form' })
    await until(() => w.slack.views(w.ana).some((v) => v.open))
    return w.slack.views(w.ana).findLast((v) => v.open)?.id ?? ''
  }

  it('views.open takes a trigger once, within three seconds', async () => {
    const clock = createClock()
    let trigger = ''
    const { slack, client, emergency, ana } = await startApp(
      (app) => {
        app.command('/form', async ({ ack, command }) => {
          trigger = command.trigger_id
          await ack()
        })
      },
      { now: clock.now },
    )
    const open = async () => await errorOf(client.views.open({ trigger_id: trigger, view: modal() }))
    await slack.slash({ user: ana, channel: emergency, command: '/form' })
    clock.forward(3_000)
    expect(await open()).toBe('ok')
    expect(await open()).toBe('exchanged_trigger_id')
    await slack.slash({ user: ana, channel: emergency, command: '/form' })
    clock.forward(3_001)
    expect(await open()).toBe('expired_trigger_id')
    const nobody = client.views.open({ trigger_id: '1.2.3', view: modal() })
    expect(await errorOf(nobody)).toBe('invalid_trigger_id')
  })

  it('submit: shows errors, refuses what is missing, and closes when all is well', async () => {
    const w = await startApp((app) => {
      opening(app)
      app.view('sim.modal', async ({ ack, view }) => {
        const text = view.state.values['reason']?.['text']?.value ?? ''
        if (text === 'wrong') await ack({ response_action: 'errors', errors: { reason: 'Try again' } })
        else await ack()
      })
    })
    const viewId = await opened(w)
    const submit = async (text?: string) =>
      await w.slack.submit({ user: w.ana, viewId, values: text === undefined ? {} : { reason: { text } } })
    expect(await submit()).toEqual({ acked: false, error: 'missing_required' })
    expect(await submit('no')).toEqual({ acked: false, error: 'invalid_input' })
    expect(await submit('wrong')).toMatchObject({ acked: true })
    expect(w.slack.views(w.ana)).toMatchObject([{ open: true, errors: { reason: 'Try again' } }])
    expect(await submit('right')).toEqual({ acked: true })
    expect(w.slack.views(w.ana)).toMatchObject([{ open: false }])
    await expect(submit('again')).rejects.toThrow(/no open view/)
    const typo = w.slack.submit({ user: w.ana, viewId: await opened(w), values: { raeson: { text: 'x' } } })
    await expect(typo).rejects.toThrow(/it has: reason\/text/)
  })

  it('submit: update, push and clear', async () => {
    const next = ['update', 'push', 'clear'] as const
    let turn = 0
    const w = await startApp((app) => {
      opening(app)
      app.view('sim.modal', async ({ ack }) => {
        const response_action = next[turn] ?? 'clear'
        turn += 1
        const title = { type: 'plain_text' as const, text: response_action }
        if (response_action === 'clear') await ack({ response_action })
        else await ack({ response_action, view: modal({ title }) })
      })
    })
    const first = await opened(w)
    const values = { reason: { text: 'because' } }
    await w.slack.submit({ user: w.ana, viewId: first, values })
    expect(w.slack.views(w.ana)).toMatchObject([{ title: 'update', open: true }])
    await w.slack.submit({ user: w.ana, viewId: first, values })
    const second = w.slack.views(w.ana)[1]
    expect(second).toMatchObject({ title: 'push', open: true, under: first })
    await w.slack.submit({ user: w.ana, viewId: second?.id ?? '', values })
    expect(w.slack.views(w.ana).map((v) => v.open)).toEqual([false, false])
  })

  it('views.update notices when somebody else was faster', async () => {
    const w = await startApp(opening)
    const view_id = await opened(w)
    const hash = w.slack.views(w.ana)[0]?.hash ?? ''
    await w.client.views.update({ view_id, hash, view: modal() })
    expect(await errorOf(w.client.views.update({ view_id, hash, view: modal() }))).toBe('hash_conflict')
    expect(await errorOf(w.client.views.update({ view_id: 'V0', view: modal() }))).toBe('not_found')
  })

  it('refuses faulty views', async () => {
    const w = await startApp(opening)
    const view_id = await opened(w)
    const title = { type: 'plain_text' as const, text: 'A title of more than 24 characters' }
    await expect(w.client.views.update({ view_id, view: modal({ title }) })).rejects.toMatchObject({
      data: { error: 'invalid_arguments', response_metadata: { messages: [expect.stringContaining('/view/title')] } },
    })
  })

  it('pressInView and views.push: a button in a modal opens another one on top, three at most', async () => {
    const w = await startApp((app) => {
      app.command('/form', async ({ ack, client, command }) => {
        await ack()
        const blocks = [{ type: 'actions' as const, block_id: 'a', elements: [button('more')] }]
        await client.views.open({ trigger_id: command.trigger_id, view: modal({ blocks }) })
      })
      app.action('more', async ({ ack, body, client }) => {
        await ack()
        if (!('trigger_id' in body)) return
        const blocks = [{ type: 'actions' as const, block_id: 'a', elements: [button('more')] }]
        await client.views.push({ trigger_id: body.trigger_id, view: modal({ blocks }) })
      })
      app.error(async () => undefined)
    })
    let viewId = await opened(w)
    for (const count of [2, 3]) {
      await w.slack.pressInView({ user: w.ana, viewId, actionId: 'more' })
      await until(() => w.slack.views(w.ana).length === count)
      viewId = w.slack.views(w.ana).at(-1)?.id ?? ''
    }
    await w.slack.pressInView({ user: w.ana, viewId, actionId: 'more' })
    await until(() => w.slack.calls('views.push').length === 3)
    expect(w.slack.calls('views.push').at(-1)).toMatchObject({ error: 'push_limit_reached' })
  })

  it('closeView tells the app only when it asked for it', async () => {
    const closed: string[] = []
    const w = await startApp((app) => {
      app.command('/form', async ({ ack, client, command }) => {
        await ack()
        const view = modal({ notify_on_close: command.text === 'tell me' })
        await client.views.open({ trigger_id: command.trigger_id, view })
      })
      app.view({ callback_id: 'sim.modal', type: 'view_closed' }, async ({ ack, view }) => {
        await ack()
        closed.push(view.id)
      })
    })
    const quiet = await opened(w)
    await w.slack.closeView({ user: w.ana, viewId: quiet })
    await w.slack.slash({ user: w.ana, channel: w.emergency, command: '/form', text: 'tell me' })
    await until(() => w.slack.views(w.ana).some((v) => v.open))
    const loud = w.slack.views(w.ana).findLast((v) => v.open)?.id ?? ''
    await w.slack.closeView({ user: w.ana, viewId: loud })
    expect(closed).toEqual([loud])
  })

  it('openHome and views.publish: the app fills the home, and its buttons work', async () => {
    const pressed: string[] = []
    const home = (blocks: object[]) => ({ type: 'home' as const, blocks: blocks as never[] })
    const w = await startApp((app) => {
      app.event('app_home_opened', async ({ event, client }) => {
        const view = home([section('Open incidents: 0'), { type: 'actions', elements: [button('refresh')] }])
        await client.views.publish({ user_id: event.user, view })
      })
      app.action('refresh', async ({ ack, body }) => {
        await ack()
        pressed.push(body.user.id)
      })
    })
    w.slack.openHome(w.ana)
    await until(() => w.slack.homes.has(w.ana))
    await w.slack.pressInView({ user: w.ana, viewId: 'home', actionId: 'refresh' })
    expect(pressed).toEqual([w.ana])
    const late = w.client.views.publish({ user_id: w.ana, view: home([section('x')]), hash: 'old' })
    expect(await errorOf(late)).toBe('hash_conflict')
  })
})

describe('shortcut', () => {
  it('runs on a message of any channel, and globally', async () => {
    const seen: unknown[] = []
    const { slack, emergency, ana } = await startApp((app) => {
      app.shortcut('page_about_this', async ({ ack, shortcut }) => {
        await ack()
        seen.push(shortcut)
      })
    })
    const { ts } = slack.say({ channel: emergency, user: ana, text: 'is this bad?', deliver: false })
    await slack.shortcut({ user: ana, callbackId: 'page_about_this', channel: emergency, ts })
    await slack.shortcut({ user: ana, callbackId: 'page_about_this' })
    expect(seen).toMatchObject([
      { type: 'message_action', message_ts: ts, message: { text: 'is this bad?' }, channel: { id: emergency } },
      { type: 'shortcut' },
    ])
  })
})

describe('looking on', () => {
  it('tells everything that happens and can be photographed at any time', async () => {
    const { slack, client, emergency, ana } = await startWorkspace()
    const kinds: string[] = []
    const off = slack.on((e) => kinds.push(e.kind))
    slack.say({ channel: emergency, user: ana, text: 'x' })
    await client.chat.postMessage({ channel: emergency, text: 'y' })
    off()
    slack.say({ channel: emergency, user: ana, text: 'unseen' })
    expect(kinds.filter((k) => k === 'message')).toHaveLength(2)
    expect(kinds).toContain('call')
    const photo = slack.snapshot()
    expect(JSON.parse(JSON.stringify(photo))).toEqual(photo)
    expect(photo).toMatchObject({
      people: expect.arrayContaining([expect.objectContaining({ id: ana })]),
      channels: [{ id: emergency, messages: [{ text: 'x' }, { text: 'y' }, { text: 'unseen' }] }],
    })
  })
})
