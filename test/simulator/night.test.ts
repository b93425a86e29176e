import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { runNight } from '../../src/simulator/night/night.js'
import { SCENARIOS } from '../../src/simulator/scenarios/scenarios.js'

const root = new URL('../..', import.meta.url).pathname
const main = join(root, 'dist/main.js')

beforeAll(() => {
  expect(existsSync(main), 'the demo is tested as it ships: npm run build first').toBe(true)
})

let home: string
/** Where it puts its own files. */
let tmp: string
let running: Demo[]

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'mayday-night-test-'))
  tmp = join(home, 'tmp')
  mkdirSync(tmp)
  // Somebody's real settings, which must not reach the bot of a replay.
  writeFileSync(join(home, '.env'), `DATABASE_URL=postgres://real/one\nPAGERDUTY_ROUTING_KEY=${'a'.repeat(32)}\n`)
  running = []
})

afterEach(() => {
  for (const demo of running) demo.child.kill('SIGKILL')
  rmSync(home, { recursive: true, force: true })
})

interface Demo {
  readonly child: ChildProcess
  text(): string
  says(pattern: RegExp): Promise<RegExpExecArray>
  readonly ended: Promise<number | null>
}

/** Where there is no Redis and none can be installed. */
const BARE = { MAYDAY_REDIS_BIN: '/nowhere/redis-server' }

function demo(flags: readonly string[] = [], more: Readonly<Record<string, string>> = {}): Demo {
  const env = { PATH: process.env['PATH'], TMPDIR: tmp, LOG_LEVEL: 'debug', ...more }
  const child = spawn(process.execPath, [main, 'demo', ...flags], { cwd: home, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  const listeners = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8')
      for (const listener of listeners) listener()
    })
  }
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)))
  const says = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const found = pattern.exec(text)
        if (found === null) return
        listeners.delete(look)
        resolve(found)
      }
      listeners.add(look)
      ended.then(() => reject(new Error(`it ended without saying ${pattern}:\n${text}`)), reject)
      look()
    })
  const started = { child, text: () => text, says, ended }
  running.push(started)
  return started
}

/** The bots that it named are gone, and so is every file. */
function expectNothingLeft(text: string): void {
  const pids = [...text.matchAll(/process (\d+)/g)].map((match) => Number(match[1]))
  expect(pids.length).toBeGreaterThan(0)
  for (const pid of pids) expect(() => process.kill(pid, 0), `process ${pid} is gone`).toThrow('ESRCH')
  expect(readdirSync(tmp)).toEqual([])
}

describe('mayday demo', () => {
  it('without a Redis replays the rest, says what was left out, and leaves nothing behind', async () => {
    const night = demo([], BARE)
    expect(await night.ended, night.text()).toBe(0)
    const text = night.text()
    for (const line of [
      /✓ PagerDuty has the page \d+ ms after the post \(202 Accepted\); nobody has clicked anything/,
      /✓ Alex Rivera's phone rings, \d+ ms after the post/,
      /Push delivery runbook/,
      /✓ Acknowledged five times, three under the same event id and two under others: still one page/,
      /credits Alex Rivera, not a bot/,
      /kill -9 on the bot/,
      /Mayday read it only 14 min later/,
      /@channel Nobody .*paged/,
      /The page got through after all/,
      /02:07 Sam Park +\d+ ms +\d+ ms +Alex Rivera .* Alex Rivera/,
      /02:43 Dana Wolf +14 min +14 min +Kim Osei .* Kim Osei/,
      /03:05 Sam Park .* Kim Osei .* Kim Osei/,
      /emergencies +3, and 3 pages in PagerDuty/,
      /messages +4 posted, 0 lost, 0 doubled/,
      // Six by the first emergency; the lists of the other two tick themselves while they are being closed.
      /steps +[678] ticked, 1 skipped/,
      /Everything was seen as expected/,
      /Left out: the Redis of that night[\s\S]*\/nowhere\/redis-server/,
      /Not shown: the Redis of that night[\s\S]*MAYDAY_REDIS_BIN/,
    ])
      expect(text).toMatch(line)
    expect(text).not.toContain('\u001B')
    expect(text).not.toMatch(/purge-push|What was proven/)
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100)
    expectNothingLeft(text)
  })

  it('replays the purge in a real Redis: held, removed, put back and removed again, while others are at work', async () => {
    const night = demo(['--scenario', 'purge', '--keys', '400'])
    expect(await night.ended, night.text()).toBe(0)
    const text = night.text().replace(/\n[ │]+/g, ' ')
    for (const line of [
      /real Redis \d+\.\d+\.\d+, process \d+, filled in/,
      /Delivery of push is on hold: \d+ wait aside/,
      /because delivery of push was put on hold/,
      /npx mayday jobs remove 1 --yes --digest [0-9a-f]{12}/,
      /✓ \d+ jobs of other classes are there, in their order/,
      /Plan of purge 2: (\d+) notifications of push/,
      /only for Sam Park: +Nothing was done: you are not on call now/,
      /in the form: +What was typed does not confirm this plan; nothing was removed/,
      /Purge 2 of push is done: (\d+) of \1 notifications removed \(100 %\)/,
      /Undo of purge 2 of push is done: (\d+) of \1 notifications/,
      /has opened the step "Purge" again/,
      /Plan of purge 3: \d+ notifications of push \(rpush:notifications:\*, undelivered only\)/,
      /✓ In [\d.]+ m?s on hold Rpush looked \d+ times, and nothing was sent/,
      /✓ Rpush sends the 3 wanted ones, once each, and nothing else/,
      /neighbours +[\d,]+ keys of others: digest (\w+) before, \1 after/,
      /undo +[\d,]+ of Rpush's keys: digest (\w+) before, \1 after/,
      /ids +\d+ was the last, \d+ is: none given twice; 0 without a notification/,
      /Everything was seen as expected/,
    ])
      expect(text).toMatch(line)
    expectNothingLeft(text)
  })

  it('replays PagerDuty being down and tells programs the outcome as JSON', async () => {
    const night = demo(['--scenario', 'pagerduty-down', '--json'])
    expect(await night.ended, night.text()).toBe(0)
    expect(JSON.parse(night.text())).toMatchObject({
      scenario: 'pagerduty-down',
      held: true,
      emergencies: [{ acknowledgedBy: 'Alex Rivera' }, { acknowledgedBy: 'Alex Rivera' }],
      pages: 2,
      messagesLost: 0,
      messagesDoubled: 0,
    })
    expect(readdirSync(tmp)).toEqual([])
  })

  it('ends in order when it is interrupted in the middle', async () => {
    const night = demo(['--keys', '300'])
    await night.says(/phone rings/)
    night.child.kill('SIGINT')
    expect(await night.ended).toBe(1)
    expect(night.text()).toMatch(/Interrupted/)
    expect(night.text()).not.toMatch(/✗|Everything was seen/)
    expectNothingLeft(night.text())
  })

  it('stays up to be played with, and answers to nobody but this machine', async () => {
    const night = demo(['--scenario', 'idle', '--serve', '--keys', '300'])
    const [, origin = ''] = await night.says(/to play +(\S+)[\s\S]*\/thread shows/)
    const post = async (path: string, body: object) => {
      const response = await fetch(`${origin}${path}`, { method: 'POST', body: JSON.stringify(body) })
      return { status: response.status, body: await response.json() }
    }
    const thread = async () => (await fetch(`${origin}/thread`)).text()
    expect(await post('/say', { user: 'dana', text: 'the site is down' })).toMatchObject({ status: 200 })
    await expect.poll(thread, { timeout: 20_000 }).toMatch(/is paging Alex Rivera/)
    const refused = { acked: true, told: [expect.stringMatching(/^Nothing was done/)] }
    await expect
      .poll(async () => (await post('/press', { user: 'robin', action: 'incident.ack' })).body, { timeout: 20_000 })
      .toMatchObject(refused)
    expect((await post('/press', { user: 'alex', action: 'incident.ack' })).body).toMatchObject({ acked: true })
    await expect.poll(thread, { timeout: 20_000 }).toMatch(/Alex Rivera is on it/)
    expect(await post('/press', { action: 'no.such' })).toMatchObject({ status: 400 })
    expect((await fetch(`${origin}/thread`, { headers: { origin: 'https://elsewhere.example' } })).status).toBe(403)
    await playOnThePage(origin, post)
    night.child.kill('SIGTERM')
    expect(await night.ended).toBe(0)
    expectNothingLeft(night.text())
  })

  it('names the scenarios when there is none of that name, and starts nothing', async () => {
    const night = demo(['--scenario', 'moonlight'])
    expect(await night.ended).toBe(2)
    expect(night.text()).toMatch(/no scenario "moonlight"[\s\S]*night:[\s\S]*pagerduty-down:[\s\S]*idle:/)
  })
})

/** What a browser does with the page: as Alex a purge up to its form, and nothing that people write becomes HTML. */
async function playOnThePage(
  origin: string,
  post: (path: string, body: object) => Promise<{ status: number; body: unknown }>,
): Promise<void> {
  const page = await fetch(origin, { headers: { accept: 'text/html' } })
  expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'.*script-src 'nonce-/)
  expect(await page.text()).toMatch(/Alex Rivera[\s\S]*<main id=channel>/)
  const parts = async (as: string): Promise<Record<string, string>> =>
    (await fetch(`${origin}/parts?as=${as}`)).json() as Promise<Record<string, string>>
  await post('/say', { user: 'robin', text: '<img src=x onerror=alert(1)> & "quoted"' })
  const { channel, pager } = await parts('robin')
  expect(channel).toContain('&lt;img src=x onerror=alert(1)&gt; &amp; &quot;quoted&quot;')
  expect(channel).not.toContain('<img')
  expect(pager).toMatch(/acknowledged.*the site is down.*Alex Rivera/)
  expect(await post('/type', { user: 'alex', text: '/purge-push plan' })).toMatchObject({ body: { acked: true } })
  const confirm = /data-action="purge.confirm" data-ts="([\d.]+)"/
  await expect.poll(async () => (await parts('alex'))['channel'], { timeout: 20_000 }).toMatch(confirm)
  const ts = confirm.exec((await parts('alex'))['channel'] ?? '')?.[1]
  await post('/press', { user: 'alex', action: 'purge.confirm', ts })
  const form = /<form data-view="(\w+)">[\s\S]*Type purge \d+/
  await expect.poll(async () => (await parts('alex'))['form'], { timeout: 20_000 }).toMatch(form)
  expect((await parts('kim'))['form']).toBe('')
  const view = form.exec((await parts('alex'))['form'] ?? '')?.[1]
  await post('/submit', { user: 'alex', view, values: { confirmation: { confirmation: 'purge it' } } })
  expect((await parts('alex'))['form']).toMatch(/class=error>What was typed does not confirm this plan/)
  expect(await post('/close', { user: 'alex', view })).toMatchObject({ status: 200 })
  expect((await parts('alex'))['form']).toBe('')
}

describe('a replay that does not show what it promises', () => {
  const replay = async (sabotage: Readonly<Record<string, string>>) => {
    const lines: string[] = []
    const scenario = SCENARIOS.get('night')
    if (scenario === undefined) throw new Error('there is no scenario night')
    const report = await runNight({
      scenario,
      bot: { command: process.execPath, args: [main, 'start'] },
      checklistsDir: join(root, 'checklists'),
      out: (line) => lines.push(line),
      say: (line) => lines.push(line),
      keys: 200,
      terminal: false,
      serve: true,
      signal: AbortSignal.timeout(50_000),
      sabotage,
    })
    return { report, text: lines.join('\n') }
  }

  it('with a wrong integration key says what was expected and what PagerDuty answered instead', async () => {
    const { report, text } = await replay({ PAGERDUTY_ROUTING_KEY: 'b'.repeat(32) })
    expect(report).toMatchObject({ held: false, failure: { expected: expect.stringMatching(/202 on \/v2\/enqueue/) } })
    expect(text).toMatch(/expected: PagerDuty accepts the page/)
    expect(text).toMatch(/seen: +PagerDuty answered: .*\/v2\/enqueue 400/)
    expect(text).not.toMatch(/What came of it|Everything was seen|stays up/)
  })

  it('with a bot that does not start says why', async () => {
    const { report, text } = await replay({ SLACK_BOT_TOKEN: 'nonsense' })
    expect(report).toMatchObject({ held: false, failure: { seen: expect.stringMatching(/exit status 2/) } })
    expect(text).toMatch(/SLACK_BOT_TOKEN/)
  })
})
