import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { judgeDisk } from '../../src/adapters/store/inspect.js'
import { checkUpLines } from '../../src/cli/doctor.js'
import { CONTACTS, type Desk, GOOD_CHECKLIST, NEEDED_SCOPES, type Said, startDesk } from './rig.js'

const answer = z.object({
  findings: z.array(
    z.strictObject({ level: z.enum(['ok', 'warn', 'fail']), what: z.string(), remedy: z.string().optional() }),
  ),
})

/** What is not in order, as "level: what -> remedy". The disk of the machine that runs the test is its own matter. */
async function faults(desk: Desk, env: Readonly<Record<string, string | undefined>> = {}): Promise<readonly string[]> {
  const said = await desk.type(['doctor', '--json'], env)
  return wrong(said)
}

function wrong(said: Said): readonly string[] {
  return answer
    .parse(said.json())
    .findings.filter((finding) => finding.level !== 'ok' && !/^The store lies on/.test(finding.what))
    .map(({ level, what, remedy }) => `${level}: ${what} -> ${remedy}`)
}

test('all is well: every part is named, exit status 0, and nothing was written to Slack or PagerDuty', async () => {
  const desk = await startDesk()
  expect(await faults(desk)).toEqual([])
  const said = await desk.type(['doctor'])
  expect(said.exit).toBe(0)
  for (const part of [
    /^ok {4}The settings are complete, and paging is armed/m,
    /^ok {4}1 of paging\.contacts/m,
    /^ok {4}Slack knows the bot token: @mayday in "Mayday Simulator"/m,
    /^ok {4}The bot token has every scope/m,
    /^ok {4}Mayday is in #emergency/m,
    /^ok {4}Slack takes the app-level token/m,
    /^ok {4}.*Delayed Events.*\n {6}Look once:/m,
    /^ok {4}.*groups no alerts/m,
    /^ok {4}.*level 1 now and for the next seven days/m,
    /^ok {4}On call now: Alex Rivera \(level 1\), Kim Osei \(level 2\)/m,
    /^ok {4}The store \(SQLite, .*mayday\.db\) takes and gives back/m,
    /^ok {4}1 checklist in .*: no faults/m,
    /^ok {4}All checklists and documents were reviewed in time/m,
  ]) {
    expect(said.text).toMatch(part)
  }
  expect(said.out.at(-1)).toMatch(/^0 failures, \d warnings?, \d+ ok\.$/)
  const asked = desk.slack.calls().map((call) => call.method)
  expect(new Set(asked)).toEqual(new Set(['auth.test', 'apps.connections.open', 'users.conversations']))
  expect(desk.slack.sockets()).toBe(0)
  expect(new Set(desk.pagerDuty.requests().map((request) => request.method))).toEqual(new Set(['GET']))
})

test('no secret is in any line, whatever is wrong', async () => {
  const desk = await startDesk()
  const secrets = [
    ...[desk.slack.botToken, desk.slack.appToken, desk.slack.signingSecret],
    ...[desk.pagerDuty.routingKey, desk.pagerDuty.restToken, 'hunter2-database'],
  ]
  const postgres = { DATABASE_URL: 'postgres://mayday:hunter2-database@127.0.0.1:1/mayday' }
  const looks = [
    await desk.type(['doctor'], postgres),
    await desk.type(['doctor', '--json'], postgres),
    await desk.type(['doctor'], { SLACK_APP_TOKEN: desk.slack.botToken }),
    await desk.type(['doctor'], { SLACK_BOT_TOKEN: desk.slack.signingSecret, PORT: 'x' }),
  ]
  // A second fence, for what others wrote into their own systems.
  desk.pagerDuty.setOnCall([[desk.pagerDuty.addUser({ name: desk.slack.botToken, email: 'x@example.com' }).id]])
  looks.push(await desk.type(['doctor']))
  expect(looks.at(-1)?.text).toMatch(/On call now: \[redacted\]/)
  desk.slack.revokeTokens()
  desk.pagerDuty.region(true)
  looks.push(await desk.type(['doctor'], postgres))
  for (const said of looks) for (const secret of secrets) expect(said.text).not.toContain(secret)
  expect(looks[0]?.text).toMatch(/FAIL {2}The store \(Postgres, 127\.0\.0\.1:1\/mayday\) cannot be used/)
})

test('wrong settings: every one of them with what is accepted, exit status 2, and nobody is asked', async () => {
  const desk = await startDesk()
  desk.configure('paging:\n  shout_after: soon\n')
  const said = await desk.type(['doctor'], { SLACK_BOT_TOKEN: undefined, PAGERDUTY_ROUTING_KEY: 'short' })
  expect(said.exit).toBe(2)
  expect(said.text).toMatch(/FAIL {2}SLACK_BOT_TOKEN: found nothing\n {6}Accepted: a bot token: xoxb-…/)
  expect(said.text).toMatch(
    /FAIL {2}PAGERDUTY_ROUTING_KEY: found a value of 5 characters\n {6}Accepted: the 32-character/,
  )
  expect(said.text).toMatch(/FAIL {2}.*mayday\.yml:2 paging\.shout_after: found "soon"\n {6}Accepted: a duration/)
  expect(said.text).toMatch(/3 failures/)
  expect(desk.slack.calls()).toEqual([])
  const missing = await desk.type(['doctor', '--json'], { MAYDAY_CONFIG: join(desk.home, 'gone.yml') })
  expect(missing.exit).toBe(2)
  expect(wrong(missing)).toEqual([expect.stringMatching(/^fail: MAYDAY_CONFIG names .*gone\.yml/)])
})

describe('Slack', () => {
  test('a refused bot token, a refused app token', async () => {
    const desk = await startDesk()
    const bad = { SLACK_BOT_TOKEN: 'xoxb-wrong', SLACK_APP_TOKEN: 'xapp-wrong' }
    expect((await desk.type(['doctor'], bad)).exit).toBe(1)
    expect(await faults(desk, bad)).toEqual([
      expect.stringMatching(/^fail: Slack refused SLACK_BOT_TOKEN \(invalid_auth\)\. -> Install the Slack app/),
      expect.stringMatching(
        /^fail: Slack refused SLACK_APP_TOKEN \(invalid_auth\)\. -> .*connections:write.*Socket Mode/,
      ),
    ])
  })

  test('scopes that are missing, each with what it costs, and scopes that are too many', async () => {
    const desk = await startDesk()
    const few = NEEDED_SCOPES.filter((scope) => scope !== 'channels:history' && scope !== 'users:read.email')
    desk.slack.setScopes([...few, 'reactions:write'])
    expect(await faults(desk)).toEqual([
      expect.stringMatching(
        /^fail: .*lacks the scope channels:history: Mayday hears nothing .* -> Paste manifest\.yml/,
      ),
      expect.stringMatching(/^warn: .*lacks the scope users:read\.email: Mayday cannot give people the credit/),
      expect.stringMatching(/^warn: .*does not use: reactions:write\. -> Remove them/),
    ])
  })

  test.each([
    ['does not exist', undefined, /^fail: Mayday sees no channel #alarms, .* -> Create it .*\/invite @mayday/],
    ['is archived', { archived: true }, /^fail: #alarms is archived/],
    ['is public and Mayday not in it', { member: false }, /^warn: Mayday is not in #alarms yet\. It joins by itself/],
    ['is private and Mayday not in it', { member: false, kind: 'private' }, /^fail: Mayday sees no channel #alarms/],
  ] as const)('the channel %s', async (_what, channel, expected) => {
    const desk = await startDesk()
    if (channel !== undefined) desk.slack.addChannel({ name: 'alarms', ...channel })
    expect(await faults(desk, { EMERGENCY_CHANNEL: '#alarms' })).toEqual([expect.stringMatching(expected)])
  })

  test('a private channel with Mayday in it, and channels named by id', async () => {
    const desk = await startDesk()
    const vault = desk.slack.addChannel({ name: 'vault', kind: 'private' })
    expect(await faults(desk, { EMERGENCY_CHANNEL: 'vault' })).toEqual([])
    expect(await faults(desk, { EMERGENCY_CHANNEL: vault.id })).toEqual([])
    expect(await faults(desk, { EMERGENCY_CHANNEL: 'C0NOWHERE' })).toEqual([
      expect.stringMatching(/^fail: Mayday sees no channel C0NOWHERE/),
    ])
  })

  test('HTTP mode: the signing secret is said to be set, and no app token is asked for', async () => {
    const desk = await startDesk()
    const http = { SLACK_APP_TOKEN: undefined, SLACK_SIGNING_SECRET: desk.slack.signingSecret }
    const said = await desk.type(['doctor'], http)
    expect(said.exit).toBe(0)
    expect(said.text).toMatch(/ok {4}HTTP mode: a signing secret is set/)
    expect(desk.slack.calls('apps.connections.open')).toEqual([])
  })

  test('Slack is down or limits the check: the rest is looked at all the same', async () => {
    const desk = await startDesk()
    desk.slack.fault({ method: 'users.conversations', retryAfter: 30 })
    expect(await faults(desk)).toEqual([
      expect.stringMatching(
        /^warn: Slack did not show the channel #emergency: too many requests.* -> Try again in 30 s/,
      ),
    ])
    desk.slack.outage(true)
    const said = await desk.type(['doctor'])
    expect(said.exit).toBe(1)
    expect(said.text).toMatch(
      /FAIL {2}Slack did not say whether SLACK_BOT_TOKEN is right \(.*\)\.\n {6}.*slack-status\.com/,
    )
    expect(said.text).toMatch(/ok {4}.*groups no alerts/)
  })
})

describe('PagerDuty', () => {
  test('a setting that swallows pages, and a hole in the schedule', async () => {
    const desk = await startDesk()
    desk.pagerDuty.service({ alertGrouping: true })
    desk.pagerDuty.setOnCall([[], ['PKIM002']])
    expect(await faults(desk)).toEqual([
      expect.stringMatching(/^fail: .*groups alerts.* -> Turn alert grouping off/),
      expect.stringMatching(/^warn: .*nobody on level 1 now/),
    ])
  })

  test('no API token: said with what is missing, and nothing is claimed about who is on call', async () => {
    const desk = await startDesk()
    const said = await desk.type(['doctor'], { PAGERDUTY_API_TOKEN: undefined, PAGERDUTY_FROM_EMAIL: undefined })
    expect(said.exit).toBe(0)
    expect(said.text).toMatch(/warn {2}PAGERDUTY_API_TOKEN is not set: no page can be confirmed/)
    expect(said.text).not.toMatch(/On call/)
  })

  test('somebody on call without a phone number', async () => {
    const desk = await startDesk()
    const { id } = desk.pagerDuty.addUser({ name: 'Noor', email: 'noor@example.com' })
    desk.pagerDuty.setOnCall([[id], ['PKIM002']])
    expect(await faults(desk)).toEqual([expect.stringMatching(/^warn: PagerDuty shows no phone number of Noor/)])
  })
})

describe('store, checklists, settings', () => {
  test('a store that cannot be written', async () => {
    const desk = await startDesk()
    const blocked = join(desk.home, 'not-a-directory')
    writeFileSync(blocked, '')
    const found = await faults(desk, { MAYDAY_DATA_DIR: blocked })
    expect(found).toEqual([
      expect.stringMatching(/^fail: The store \(SQLite, .*\) cannot be used\. .* -> .*MAYDAY_DATA_DIR/),
    ])
  })

  test('a disk that is wiped at every start', async () => {
    const desk = await startDesk()
    expect(await faults(desk, { DYNO: 'web.1' })).toEqual([
      expect.stringMatching(/^warn: This platform wipes the disk .* -> Set DATABASE_URL/),
    ])
  })

  test.each([
    [0xef53, 'ok', /local disk/],
    [0x6969, 'fail', /network disk/],
    [0x794c7630, 'warn', /container/],
    [0x01021994, 'warn', /memory/],
    [0x65735546, 'warn', /FUSE/],
  ] as const)('the kind of disk %i', (type, level, what) => {
    expect(judgeDisk(type)).toMatchObject({ level, what: expect.stringMatching(what) })
  })

  test('every fault in the checklists, with file and line', async () => {
    const desk = await startDesk()
    desk.checklist('broken.yml', 'name: broken\ntitle: Broken\nabuot: typo\n')
    const found = await faults(desk)
    expect(found).toContainEqual(expect.stringMatching(/^fail: .*broken\.yml:3:1 abuot: found the unknown key .* -> /))
    expect(found.length).toBeGreaterThan(1)
  })

  test('a name in a checklist that the configuration does not know', async () => {
    const desk = await startDesk()
    desk.checklist('first-steps.yml', GOOD_CHECKLIST.replace('open dash', '/purge-push plan mail'))
    expect(await faults(desk)).toEqual([
      expect.stringMatching(
        /^warn: .*first-steps\.yml:\d+ names "mail", which is not a purge target\. -> Accepted: push/,
      ),
    ])
  })

  test('checklists and documents that are due for a review, and none for every emergency', async () => {
    const desk = await startDesk()
    const old = GOOD_CHECKLIST.replaceAll(/reviewed: .*/g, 'reviewed: 2020-01-01').replace('always: true\n', '')
    desk.checklist('first-steps.yml', old)
    desk.configure(`${CONTACTS}docs:\n  - title: Forgotten\n    url: https://example.com/forgotten\n`)
    expect(await faults(desk)).toEqual([
      expect.stringMatching(/^warn: No checklist of .* is posted for every emergency/),
      expect.stringMatching(/^warn: The document "Forgotten" was never reviewed/),
      expect.stringMatching(/^warn: The checklist "First steps" was last reviewed \d+ days ago\. -> Platform should/),
      expect.stringMatching(/^warn: The document "Status page" was last reviewed \d+ days ago/),
    ])
  })

  test('shadow mode and nobody to call by hand', async () => {
    const desk = await startDesk()
    desk.configure('paging:\n  mode: shadow\n')
    expect(await faults(desk)).toEqual([
      expect.stringMatching(/^warn: Shadow mode: .*Nobody is paged/),
      expect.stringMatching(/^warn: paging\.contacts names nobody/),
    ])
  })
})

describe('in Slack, short', () => {
  test('all is well: one line of counts', async () => {
    const desk = await startDesk()
    const lines = await checkUpLines({ ...desk.io, env: { ...desk.env, MAYDAY_DATA_DIR: join(desk.home, 'data') } })
    expect(lines[0]).toMatch(/^0 failures, \d warnings?, \d+ ok\.$/)
    expect(lines.slice(1).filter((line) => !line.includes('The store lies on'))).toEqual([])
  })

  test('failures before warnings, escaped, at most one message long', async () => {
    const desk = await startDesk()
    desk.configure('paging:\n  mode: shadow\n')
    const { id } = desk.pagerDuty.addUser({ name: '<!channel> & co', email: 'x@example.com' })
    desk.pagerDuty.setOnCall([[id], [id]])
    desk.pagerDuty.service({ autoPause: true })
    const lines = await checkUpLines(desk.io)
    expect(lines[1]).toMatch(/^• \*FAIL\* .*pauses notifications.*_Turn /)
    expect(lines.join('\n')).toContain('&lt;!channel&gt; &amp; co')
    expect(lines.join('\n')).not.toContain('<!channel>')
    for (let count = 0; count < 20; count += 1) desk.checklist(`broken-${count}.yml`, 'nonsense: true\n')
    const many = await checkUpLines(desk.io)
    expect(many.join('\n').length).toBeLessThan(5_000)
    expect(many.at(-1)).toMatch(/and \d+ more/)
  })

  test('wrong settings and a file that cannot be read are told, never thrown', async () => {
    const desk = await startDesk()
    const lines = await checkUpLines({ ...desk.io, env: {} })
    expect(lines.join('\n')).toMatch(/\*FAIL\* SLACK_BOT_TOKEN: found nothing/)
    const unreadable = join(desk.home, 'folder.yml')
    mkdirSync(unreadable)
    const broken = await checkUpLines({ ...desk.io, env: { ...desk.env, MAYDAY_CONFIG: unreadable } })
    expect(broken).toContainEqual(expect.stringMatching(/^• \*FAIL\* .*folder\.yml cannot be read; .*MAYDAY_CONFIG/))
    expect((await desk.type(['doctor'], { MAYDAY_CONFIG: unreadable })).exit).toBe(2)
  })
})
