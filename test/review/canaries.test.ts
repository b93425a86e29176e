/**
 * Secrets, device tokens, certificates and people's words, planted where the shipped bot meets them; a whole night with
 * everything that can be typed and some things that fail; then everything that left the process is searched.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createHerokuSimulator, type HerokuSimulator } from '../../src/simulator/heroku/simulator.js'
import { seedKeyspace } from '../../src/simulator/keyspace/keyspace.js'
import { pack } from '../../src/simulator/keyspace/msgpack.js'
import { freePort } from '../../src/simulator/night/bot.js'
import { createPagerDutySimulator, type PagerDutySimulator } from '../../src/simulator/pagerduty/simulator.js'
import { createSlackSimulator, type SlackSimulator } from '../../src/simulator/slack/simulator.js'
import { typed } from '../cli/rig.js'
import { eventually } from '../support/eventually.js'
import { type RedisServer, redisClient, startRedis } from '../support/redis.js'

/** Each is looked for as it is; names say where it was planted. */
const PLANTED = {
  redisPassword: 'CANARYredispassword1f3a',
  webhookSecret: 'CANARY-webhook-secret-77e1',
  secretsKey: 'c0ffee5e'.repeat(8),
  certificate: 'CANARY-certificate-5e1f-BEGIN',
  rpushCertificate: 'CANARY-rpush-app-certificate-0b2d',
  jobArgument: 'CANARY-job-argument-91cc',
  deviceToken: 'CANARY-device-token-d00d',
} as const
/** Allowed in Slack and in PagerDuty, where people are to read them, and nowhere else. */
const PHONE = '+1 415 555 0177'
const WORDS = 'CANARY-words-of-sam-4c4c'

let home: string
let slack: SlackSimulator
let pagerduty: PagerDutySimulator
let heroku: HerokuSimulator
let redis: RedisServer
let child: ChildProcess
let channel: string
let alex: string
let sam: string
let env: Record<string, string>
const tokens: string[] = []
const printed: string[] = []
const scraped: string[] = []

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'mayday-canaries-'))
  ;[slack, pagerduty, heroku, redis] = await Promise.all([
    createSlackSimulator(),
    createPagerDutySimulator({ processingMs: 5 }),
    createHerokuSimulator(),
    startRedis({ args: ['--requirepass', PLANTED.redisPassword], password: PLANTED.redisPassword }),
  ])
  channel = slack.addChannel({ name: 'emergency' }).id
  alex = slack.addPerson({ name: 'alex', realName: 'Alex Oncall', email: 'alex@example.com' }).id
  sam = slack.addPerson({ name: 'sam', realName: 'Sam Engineer', email: 'sam@example.com' }).id
  heroku.addApp('acme-push', {
    formation: { worker: { quantity: 2, size: 'Standard-1X' } },
    config: { APNS_CERT: PLANTED.certificate },
  })
  await seed()
  await start()
  await night()
}, 180_000)

afterAll(async () => {
  child?.kill('SIGKILL')
  await Promise.all([slack?.close(), pagerduty?.close(), heroku?.close(), redis?.stop()])
  rmSync(home, { recursive: true, force: true })
})

const packed = (value: string | number): Buffer => Buffer.from(pack(value), 'latin1')

async function seed(): Promise<void> {
  const url = redis.url.replace('//', `//:${PLANTED.redisPassword}@`)
  await seedKeyspace(url, { notifications: 300, cacheKeys: 20, jobs: 60 })
  const client = redisClient(url)
  await client.hset('rpush:apps:1', 'certificate', packed(PLANTED.rpushCertificate))
  const fields = { id: packed(301), device_token: packed(PLANTED.deviceToken), app_id: packed(1) }
  await client.hset('rpush:notifications:301', fields)
  await client.sadd('rpush:notifications:all', 301)
  await client.zadd('rpush:notifications:pending', 301, '301')
  await client.set('rpush:notifications_id_seq', 301)
  const job = { class: 'PushNotifications::DeliveryWorker', args: [PLANTED.jobArgument], jid: 'j1', queue: 'push' }
  await client.lpush('queue:push', JSON.stringify({ ...job, created_at: 1, enqueued_at: 1 }))
  for (const key of await client.keys('rpush:notifications:*'))
    if (/:\d+$/.test(key)) tokens.push(...(JSON.stringify(await client.hgetall(key)).match(/[0-9a-f]{64,}/g) ?? []))
  client.disconnect()
  writeFileSync(
    join(home, 'mayday.yml'),
    `paging: { contacts: [{ name: Robin, phone: "${PHONE}" }] }
permissions: { purge: { users: [${alex}] } }
switches:
  workers: { kind: heroku_scale, app: acme-push, process: worker }
  certificate: { kind: heroku_config, app: acme-push, var: APNS_CERT }
  delivery: { kind: rpush_hold, target: push }
`,
  )
  env = {
    ...{ SLACK_BOT_TOKEN: slack.botToken, SLACK_APP_TOKEN: slack.appToken, SLACK_API_URL: slack.apiUrl },
    ...{ PAGERDUTY_ROUTING_KEY: pagerduty.routingKey, PAGERDUTY_API_TOKEN: pagerduty.restToken },
    ...{ PAGERDUTY_FROM_EMAIL: pagerduty.fromEmail, PAGERDUTY_WEBHOOK_SECRET: PLANTED.webhookSecret },
    ...{ PAGERDUTY_EVENTS_URL: pagerduty.eventsUrl, PAGERDUTY_API_URL: pagerduty.apiUrl },
    ...{ HEROKU_API_URL: heroku.apiUrl, HEROKU_API_KEY: heroku.apiKey, MAYDAY_SECRETS_KEY: PLANTED.secretsKey },
    ...{ NOTIFICATIONS_REDIS_URL: url, MAYDAY_DATA_DIR: join(home, 'data'), LOG_LEVEL: 'trace' },
    ...{ MAYDAY_CONFIG: join(home, 'mayday.yml'), PORT: String(await freePort()) },
    CHECKLISTS_DIR: fileURLToPath(new URL('../../checklists', import.meta.url)),
  }
}

const at = (path: string): string => `http://127.0.0.1:${env['PORT']}${path}`

async function start(): Promise<void> {
  const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
  const tsx = import.meta.resolve('tsx')
  const { PATH = '', HOME = '' } = process.env
  child = spawn(process.execPath, ['--import', tsx, main, 'start'], { cwd: home, env: { PATH, HOME, ...env } })
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => printed.push(String(chunk)))
  await eventually(async () => {
    const ready = await fetch(at('/readyz')).catch(() => undefined)
    expect(ready?.status, printed.join('')).toBe(200)
  }, 60_000)
}

async function type(command: string, text: string, answer: RegExp): Promise<void> {
  const before = slack.ephemerals(alex).length
  await slack.slash({ user: alex, channel, command, text })
  await eventually(() => {
    const said = slack.ephemerals(alex).slice(before)
    expect(said.map((one) => one.text).join('\n'), `${command} ${text}`).toMatch(answer)
  }, 20_000)
}

const replied = (ts: string, pattern: RegExp) =>
  eventually(() => {
    const hit = slack.thread(channel, ts).find((one) => one.user === slack.botUserId && pattern.test(one.text))
    expect(hit, `no reply like ${pattern}`).toBeDefined()
    return hit as NonNullable<typeof hit>
  }, 20_000)

async function cli(...argv: readonly string[]): Promise<void> {
  printed.push((await typed(argv, env)).text)
}

async function night(): Promise<void> {
  const { ts } = slack.say({ channel, user: sam, text: `push is down ${WORDS}` })
  await replied(ts, /is paging Alex/)
  slack.say({ channel, user: sam, text: `more ${WORDS}`, threadTs: ts })
  await type('/mayday', 'status', /1 open/)
  await type('/mayday', 'oncall', /level 1/)
  await type('/mayday', `note ${WORDS}`, /Noted/)
  for (const name of ['workers', 'certificate', 'delivery']) await type('/mayday', `switch ${name} off`, /is \*off\*/)
  expect(JSON.stringify(heroku.app('acme-push').config)).not.toContain(PLANTED.certificate)
  await type('/purge-push', 'count', /exactly 301/)
  await type('/purge-push', 'plan', /The plan is in the thread/)
  const plan = await replied(ts, /^Plan of purge 1/)
  await slack.press({ user: alex, channel, ts: plan.ts, actionId: 'purge.confirm' })
  const view = await eventually(() => slack.views(alex).find((one) => one.open) ?? expect.fail('no form'))
  await slack.submit({ user: alex, viewId: view.id, values: { confirmation: { confirmation: 'purge 301' } } })
  await replied(ts, /is done: 301 of 301/)
  await type('/purge-push', 'impact 1', /for 301 different devices/)
  await cli('purge', 'impact', '1', '--devices', join(home, 'devices.csv'))
  await cli('purge', 'history')
  await cli('jobs', 'plan', '--json')
  for (const name of ['workers', 'certificate', 'delivery']) await type('/mayday', `switch ${name} on`, /is \*on\*/)
  expect(heroku.app('acme-push').config['APNS_CERT']).toBe(PLANTED.certificate)
  await trouble()
  await type('/mayday', 'doctor', /./)
  await type('/mayday', 'resolve', /Closed/)
  await replied(ts, /#1: resolved by/)
  await type('/mayday', 'retro', /is in its thread/)
  await cli('retro', '1')
  await cli('incidents', '--json')
  await cli('doctor')
  scraped.push(await (await fetch(at('/metrics'))).text(), await (await fetch(at('/healthz'))).text())
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}

/** What fails says the most. */
async function trouble(): Promise<void> {
  heroku.refuse(503, 'unavailable')
  await type('/mayday', 'switch certificate off', /./)
  heroku.mend()
  const body = JSON.stringify({ event: { data: WORDS } })
  scraped.push(String((await fetch(at('/webhooks/pagerduty'), { method: 'POST', body })).status))
  slack.fault({ method: 'chat.postMessage', times: 1, error: 'internal_error' })
  await redis.kill()
  await type('/purge-push', 'count', /./)
  scraped.push(await (await fetch(at('/readyz'))).text())
  printed.push((await typed(['doctor'], { ...env, PAGERDUTY_ROUTING_KEY: `${PLANTED.redisPassword}-too-short` })).text)
  printed.push((await typed(['doctor'], { ...env, NOTIFICATIONS_REDIS_URL: `http://${PLANTED.redisPassword}@h` })).text)
}

/** Files of the data directory but for archives, whose business it is; as bytes. */
function files(): string {
  const data = join(home, 'data')
  return readdirSync(data, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.arc'))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n')
}

const toSlack = (): string =>
  JSON.stringify([slack.calls().map((call) => call.args), slack.uploads().map((one) => one.content)])
const toPagerDuty = (): string =>
  JSON.stringify(pagerduty.requests().map(({ path, body }) => [path, { ...Object(body), routing_key: undefined }]))
const toHeroku = (): string => JSON.stringify(heroku.requests.map(({ path, body }) => [path, body]))
const review = (): string =>
  slack
    .uploads()
    .map((one) => one.content ?? '')
    .join('\n')
const lines = (): string => printed.join('\n')

/** Logs are what the bot printed; the terminal's commands printed the rest. */
const places = () =>
  [
    ['Slack', toSlack()],
    ['PagerDuty', toPagerDuty()],
    ['logs and the terminal', lines()],
    ['metrics and health', scraped.join('\n')],
    ['files', files()],
  ] as const

const secrets = () => ({
  ...PLANTED,
  ...{ botToken: slack.botToken, appToken: slack.appToken, routingKey: pagerduty.routingKey },
  ...{ restToken: pagerduty.restToken, herokuKey: heroku.apiKey },
})

describe('after a whole night', () => {
  test('the search finds what did go out', () => {
    expect(toSlack()).toContain('301 different devices')
    expect(toSlack()).toContain(WORDS)
    expect(toPagerDuty()).toContain(WORDS)
    expect(review()).toMatch(/Post-incident review/)
    expect(lines()).toContain('"level"')
    expect(lines()).toMatch(/Purge 1 of push is done/)
    expect(scraped.join()).toContain('mayday_facts_total')
    expect(scraped.join()).toContain('mayday_purge_entries_total{target="push",did="removed"} 301')
    expect(files()).toContain(WORDS)
    expect(readFileSync(join(home, 'devices.csv'), 'utf8')).toContain(PLANTED.deviceToken)
    expect(tokens).toHaveLength(300)
  })

  test('no secret, certificate or job argument is in any of it', () => {
    for (const [name, secret] of Object.entries(secrets()))
      for (const [place, text] of places()) expect(text.includes(secret), `${name} in ${place}`).toBe(false)
  })

  test('no device token is in any of it', () => {
    for (const [place, text] of [...places(), ['Heroku', toHeroku()] as const]) {
      expect(
        tokens.filter((token) => text.includes(token)),
        place,
      ).toEqual([])
    }
  })

  test('Heroku gets its own value back and nothing else of ours', () => {
    const { certificate: _own, ...others } = secrets()
    for (const [name, secret] of Object.entries(others)) expect(toHeroku().includes(secret), name).toBe(false)
  })

  test('what people wrote and their phone numbers are in no log line, no metric; phones in no review', () => {
    const log = lines()
      .split('\n')
      .filter((line) => line.startsWith('{"level"'))
      .join('\n')
    expect(log).toContain('"level"')
    for (const text of [log, scraped.join('\n')]) {
      expect(text).not.toContain(WORDS)
      expect(text).not.toContain(PHONE)
    }
    expect(review()).not.toContain(PHONE)
  })
})
