import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createSlackGate } from '../../src/adapters/slack/gate.js'
import { makeOwner } from '../../src/adapters/store/owner.js'
import { openStore } from '../../src/adapters/store/store.js'
import { createLog, systemClock } from '../../src/adapters/system.js'
import { openWorld } from '../../src/adapters/world.js'
import { createApp } from '../../src/app.js'
import { loadConfig, quietWorld } from '../../src/cli/io.js'
import type { Incident, Page } from '../../src/incidents/incident.js'
import { CONTACTS, type Desk, startDesk } from './rig.js'

/** What the store holds once the command has ended. */
async function recorded(
  desk: Desk,
): Promise<readonly { readonly incident: Incident; readonly pages: readonly Page[] }[]> {
  const store = await openStore({ url: join(desk.home, 'data', 'mayday.db'), owner: makeOwner() })
  try {
    const incidents = await store.incidents.recent(10)
    return await Promise.all(
      incidents.map(async (incident) => ({ incident, pages: await store.pages.ofIncident(incident.id) })),
    )
  } finally {
    await store.close()
  }
}

/** The bot as `mayday start` runs it, on the same store. */
async function startBot(desk: Desk): Promise<{ stop(): Promise<void> }> {
  const config = loadConfig(desk.io)
  const ports = await openWorld(config, { ...quietWorld(config), checkUp: async () => [] })
  const app = createApp(config, ports)
  await app.start()
  return {
    async stop() {
      await app.stop()
      await ports.store.close()
    },
  }
}

function blocked(desk: Desk): { readonly MAYDAY_DATA_DIR: string } {
  const path = join(desk.home, 'not-a-directory')
  writeFileSync(path, '')
  return { MAYDAY_DATA_DIR: path }
}

describe('PagerDuty takes the page', () => {
  test('it says each truth as it becomes known, ends with who is called, and leaves a record', async () => {
    const desk = await startDesk()
    const said = await desk.type(['page', 'push is down & <nobody> knows why'])
    expect(said).toMatchObject({ exit: 0, err: [] })
    expect(said.out).toEqual([
      'Sending the page to PagerDuty…',
      'PagerDuty accepted it (202); nobody is confirmed yet.',
      expect.stringMatching(/^PagerDuty is paging Alex Rivera: https:\/\/simulated\.pagerduty\.com\/incidents\//),
      expect.stringMatching(
        /^It is emergency #1 in the store\. A bot that runs on this store opens its thread in Slack/,
      ),
    ])
    const [event, ...more] = desk.pagerDuty.events()
    expect(more).toEqual([])
    expect(event).toMatchObject({
      event_action: 'trigger',
      dedup_key: expect.stringMatching(/^terminal:[^:]+:\w+$/),
      payload: { summary: 'push is down & <nobody> knows why', source: 'mayday' },
    })
    const [{ incident, pages } = { incident: undefined, pages: [] }] = await recorded(desk)
    expect(incident).toMatchObject({
      ...{ via: 'terminal', channel: 'emergency', state: 'declared' },
      declaredBy: expect.stringMatching(/^terminal:./),
      text: 'push is down &amp; &lt;nobody&gt; knows why',
    })
    expect(pages).toMatchObject([{ state: 'confirmed', dedupKey: event?.dedup_key }])
  })

  test('without quotes, and as JSON', async () => {
    const desk = await startDesk()
    const said = await desk.type(['page', 'push', 'is', 'down', '--json'])
    expect(said.exit).toBe(0)
    expect(said.json()).toMatchObject({ result: 'confirmed', incident: 1, assignees: ['Alex Rivera'] })
    expect(desk.pagerDuty.events()[0]?.payload?.summary).toBe('push is down')
  })

  test('Slack is down and not even configured: it makes no difference', async () => {
    const desk = await startDesk()
    desk.slack.outage(true)
    const said = await desk.type(['page', 'Slack is down'], { SLACK_BOT_TOKEN: undefined, SLACK_APP_TOKEN: undefined })
    expect(said.exit).toBe(0)
    expect(said.text).toMatch(/PagerDuty is paging Alex Rivera/)
    expect(desk.slack.calls()).toEqual([])
  })

  test('the incident is in the channel that the bot found before, so that its thread opens there', async () => {
    const desk = await startDesk()
    const channel = desk.slack.addChannel({ name: 'alarms' })
    await desk.type(['oncall'])
    const store = await openStore({ url: join(desk.home, 'data', 'mayday.db'), owner: makeOwner() })
    const gate = createSlackGate({
      mode: { kind: 'socket', appToken: desk.slack.appToken },
      ...{ botToken: desk.slack.botToken, apiUrl: desk.slack.apiUrl, channel: '#Alarms' },
      ...{ inbox: store.inbox, notes: store.notes, clock: systemClock },
      log: createLog({ level: 'silent', pretty: false, secrets: [] }),
    })
    await gate.start()
    await gate.stop()
    await store.close()
    await desk.type(['page', 'push is down'], { EMERGENCY_CHANNEL: '#Alarms' })
    await desk.type(['page', 'and mail'], { EMERGENCY_CHANNEL: 'C0ELSEWHERE' })
    expect((await recorded(desk)).map(({ incident }) => incident.channel)).toEqual(['C0ELSEWHERE', channel.id])
  })

  test('the running bot opens the thread, shows the card there and follows the page', async () => {
    const desk = await startDesk()
    const bot = await startBot(desk)
    onTestFinished(() => bot.stop())
    const said = await desk.type(['page', 'push is down & out'])
    expect(said.exit).toBe(0)
    const seen = () => desk.slack.messages('emergency').filter((message) => message.botId !== undefined)
    await until(async () => seen().some((message) => /paging \*?Alex Rivera/.test(message.text)))
    const [root, card] = seen()
    expect(root?.text).toMatch(/^Emergency #1, raised from a terminal by .*: push is down &amp; out$/)
    expect(card?.threadTs).toBe(root?.ts)
    expect(desk.pagerDuty.events()).toHaveLength(1)
  })

  test('no API token: accepted is all that can be known, and it says so', async () => {
    const desk = await startDesk()
    const said = await desk.type(['page', 'push is down'], {
      PAGERDUTY_API_TOKEN: undefined,
      PAGERDUTY_FROM_EMAIL: undefined,
    })
    expect(said).toMatchObject({ exit: 0, err: [] })
    expect(said.text).toMatch(/accepted it \(202\)\. PAGERDUTY_API_TOKEN is not set, so Mayday cannot confirm/)
    expect(said.text).not.toMatch(/is paging/)
  })

  test('another team', async () => {
    const desk = await startDesk()
    const data = desk.pagerDuty.addTeamService('Data')
    desk.configure(`${CONTACTS}teams:\n  data: { routing_key_env: DATA_KEY }\n  leads: { escalation_policy: PABC }\n`)
    const said = await desk.type(['page', 'imports fail', '--team', 'data'], { DATA_KEY: data.routingKey })
    expect(said.exit).toBe(0)
    expect(desk.pagerDuty.events()).toMatchObject([{ routing_key: data.routingKey }])
    const typo = await desk.type(['page', 'imports fail', '--team', 'date'], { DATA_KEY: data.routingKey })
    expect(typo).toMatchObject({
      exit: 2,
      err: [expect.stringMatching(/no team "date"; nobody was paged/), expect.stringMatching(/Teams: data, leads\./)],
    })
  })

  test('a first failure is told and tried again', async () => {
    const desk = await startDesk()
    desk.pagerDuty.fault({ match: '/v2/enqueue', times: 1, status: 503 })
    const said = await desk.type(['page', 'push is down'])
    expect(said.exit).toBe(0)
    expect(said.out[1]).toMatch(/^PagerDuty has not taken the page yet \(HTTP 503.*Nobody has been called so far/)
    expect(said.text).toMatch(/PagerDuty is paging Alex Rivera/)
  })
})

describe('nobody is paged', () => {
  test('PagerDuty is down: names and numbers last known, exit status 1, and the record stays to be tried on', async () => {
    const desk = await startDesk()
    await desk.type(['oncall'])
    desk.pagerDuty.outage(true)
    const said = await desk.type(['page', 'push is down', '--wait', '1s'])
    expect(said.exit).toBe(1)
    expect(said.err).toEqual([
      expect.stringMatching(/^NOBODY HAS BEEN PAGED: .* within 1 s \(HTTP 503.*\)\. Call by phone:$/),
      '  Alex Rivera (on call, level 1): +1 4155550101',
      '  Kim Osei (on call, level 2): +1 4155550102',
      '  Robin: +1 415 555 0199',
    ])
    expect(said.out.at(-1)).toMatch(/emergency #1 .* goes on trying/)
    expect(said.text).not.toMatch(/is paging|accepted/)
    expect(await recorded(desk)).toMatchObject([{ pages: [{ state: 'requested', failure: { kind: 'retry' } }] }])
  })

  test('the numbers come before the wait is over, once', async () => {
    const desk = await startDesk()
    desk.configure(CONTACTS.replace('contacts:', 'shout_after: 300ms\n  contacts:'))
    desk.pagerDuty.outage(true)
    const said = await desk.type(['page', 'push is down', '--wait', '2s'])
    expect(said.exit).toBe(1)
    expect(said.err).toEqual([
      'CALL BY PHONE; Mayday keeps trying meanwhile:',
      '  Robin: +1 415 555 0199',
      expect.stringMatching(/^NOBODY HAS BEEN PAGED: .* Call the people above\.$/),
    ])
  })

  test('accepted and dropped: nobody is on call', async () => {
    const desk = await startDesk()
    desk.pagerDuty.setOnCall([])
    const said = await desk.type(['page', 'push is down', '--wait', '1s'])
    expect(said.exit).toBe(1)
    expect(said.err[0]).toMatch(
      /^NOBODY IS KNOWN TO HAVE BEEN PAGED: PagerDuty accepted the page, but nobody was confirmed within 1 s/,
    )
    const json = await desk.type(['page', 'push is down', '--wait', '1s', '--json'])
    expect(json.exit).toBe(1)
    expect(json.json()).toMatchObject({ result: 'unconfirmed', call: [{ name: 'Robin', phone: '+1 415 555 0199' }] })
  })

  test('shadow mode is no success', async () => {
    const desk = await startDesk()
    desk.configure('paging:\n  mode: shadow\n')
    const said = await desk.type(['page', 'push is down'])
    expect(said.exit).toBe(1)
    expect(said.err[0]).toMatch(/^NOBODY HAS BEEN PAGED: Mayday is in shadow mode/)
    expect(said.err[1]).toMatch(/Mayday knows no phone number|Alex Rivera/)
    expect(desk.pagerDuty.events()).toEqual([])
  })
})

describe('the store is part of the outage', () => {
  test('the page goes out all the same, somebody is confirmed, and the missing record is told', async () => {
    const desk = await startDesk()
    const said = await desk.type(['page', 'push is down'], blocked(desk))
    expect(said.exit).toBe(0)
    expect(said.text).toMatch(/PagerDuty accepted it \(202\)/)
    expect(said.text).toMatch(/PagerDuty is paging Alex Rivera: https/)
    expect(said.out.at(-1)).toMatch(
      /^This page has no record: The store cannot be made or opened at .*The bot does not know of it/,
    )
    expect(desk.pagerDuty.incidents()).toHaveLength(1)
  })

  test('and PagerDuty is down: loud, and that nobody goes on trying', async () => {
    const desk = await startDesk()
    // The last answer comes when the command is over.
    desk.pagerDuty.fault({ match: '/v2/enqueue', delayMs: 2_500, status: 503 })
    const said = await desk.type(['page', 'push is down', '--wait', '1s'], blocked(desk))
    expect(said.exit).toBe(1)
    expect(said.text).toMatch(/NOBODY HAS BEEN PAGED.*\n {2}.*\n? *Robin: \+1 415 555 0199/s)
    expect(said.out.at(-1)).toMatch(/Nobody goes on trying now: run the command again/)
    expect(desk.pagerDuty.requests({ path: '/v2/enqueue' })).toHaveLength(1)
  })

  test('and PagerDuty refuses the event: the second road is taken', async () => {
    const desk = await startDesk()
    desk.pagerDuty.fault({ match: '/v2/enqueue', status: 400, body: '{"status":"invalid event","errors":["no"]}' })
    const said = await desk.type(['page', 'push is down'], blocked(desk))
    expect(said.exit).toBe(0)
    expect(said.text).toMatch(/PagerDuty refused the page/)
    expect(said.text).toMatch(/PagerDuty is paging Alex Rivera/)
    expect(desk.pagerDuty.incidents()).toMatchObject([{ createdVia: 'rest' }])
  })

  test('the store dies after the record was written: the page is carried on without it', async () => {
    const desk = await startDesk()
    await desk.type(['incidents'])
    const lift = desk.pagerDuty.fault({ match: '/v2/enqueue', status: 503 })
    const file = join(desk.home, 'data', 'mayday.db')
    const store = await openStore({ url: file, owner: makeOwner() })
    const typed = desk.type(['page', 'push is down', '--wait', '30s'])
    await until(async () => (await store.incidents.open()).length === 1)
    await store.close()
    // Another program holds the file from here on.
    const other = new DatabaseSync(file)
    other.exec('begin immediate')
    lift()
    const said = await typed
    other.exec('rollback')
    other.close()
    expect(said.exit).toBe(0)
    expect(said.text).toMatch(/PagerDuty is paging Alex Rivera/)
    expect(desk.pagerDuty.incidents()).toHaveLength(1)
  })
})

test.each([
  [['page'], /Say what is wrong; nobody was paged/],
  [['page', '  '], /Say what is wrong; nobody was paged/],
  [['page', 'down', '--wait', 'soon'], /--wait soon is not a time/],
  [['page', 'down', '--wait', '2h'], /--wait 2h is not a time/],
  [['page', 'down', '--teem', 'x'], /--teem/],
] as const)('%j: wrong usage, and nothing is sent', async (argv, words) => {
  const desk = await startDesk()
  const said = await desk.type(argv)
  expect(said).toMatchObject({ exit: 2, out: [] })
  expect(said.text).toMatch(words)
  expect(desk.pagerDuty.requests()).toEqual([])
})

test.each([
  ['no e-mail beside the REST key', { PAGERDUTY_FROM_EMAIL: undefined }, /PAGERDUTY_FROM_EMAIL: found nothing/],
  ['a wrong address for something else', { SLACK_API_URL: 'http://slack.example' }, /SLACK_API_URL: found/],
] as const)('%s: told, and the page goes out with what is right', async (_name, env, words) => {
  const desk = await startDesk()
  const said = await desk.type(['page', 'push is down'], env)
  expect(said.exit).toBe(0)
  expect(said.err.join('\n')).toMatch(/^The page goes out with the settings that are right\. /)
  expect(said.err.join('\n')).toMatch(words)
  expect(desk.pagerDuty.incidents()).toHaveLength(1)
})

test('a mayday.yml that cannot be used is left aside, and the page goes out', async () => {
  const desk = await startDesk()
  const file = join(desk.home, 'broken.yml')
  writeFileSync(file, 'paging: {shout_after: soon')
  const said = await desk.type(['page', 'push is down'], { MAYDAY_CONFIG: file })
  expect(said.exit).toBe(0)
  expect(said.err.join('\n')).toMatch(/broken\.yml:1/)
  expect(said.text).toMatch(/PagerDuty is paging Alex Rivera/)
})

test('a wrong routing key: every fault, exit status 2', async () => {
  const desk = await startDesk()
  const said = await desk.type(['page', 'push is down'], { PAGERDUTY_ROUTING_KEY: undefined })
  expect(said.exit).toBe(2)
  expect(said.text).toMatch(/PAGERDUTY_ROUTING_KEY: found nothing/)
})

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5))
}
