import { describe, expect, it } from 'vitest'
import { readConfig } from '../../src/config/config.js'
import { environmentSchema, SECRET_VARIABLES } from '../../src/config/environment.js'
import { faultsOf, GOOD } from './faults.js'

const SECRET = 'hunter2hunter2hunter2'

describe('an environment without faults', () => {
  it('gets the defaults of the contract', () => {
    const config = readConfig({ env: GOOD })
    expect(config).toMatchObject({
      slack: { mode: { kind: 'socket' }, apiUrl: 'https://slack.com/api', channel: 'emergency' },
      pagerduty: { eventsUrl: 'https://events.pagerduty.com', apiUrl: 'https://api.pagerduty.com' },
      store: { url: './data/mayday.db', shared: false },
      dataDir: './data',
      checklistsDir: './checklists',
      port: 3000,
      logLevel: 'info',
    })
    expect(config.pagerduty.token).toBeUndefined()
    expect(Object.isFrozen(config)).toBe(true)
  })

  it('takes HTTP mode, a shared store and another region', () => {
    const { SLACK_APP_TOKEN: _unused, ...rest } = GOOD
    const config = readConfig({
      env: {
        ...rest,
        SLACK_SIGNING_SECRET: 'abcdef0123456789',
        DATABASE_URL: 'postgres://mayday:pw@db/mayday',
        PAGERDUTY_API_URL: 'https://api.eu.pagerduty.com/',
        EMERGENCY_CHANNEL: '#fire',
        PORT: '0',
      },
    })
    expect(config.slack).toMatchObject({ mode: { kind: 'http', signingSecret: 'abcdef0123456789' }, channel: 'fire' })
    expect(config.store).toEqual({ url: 'postgres://mayday:pw@db/mayday', shared: true })
    expect(config.pagerduty.apiUrl).toBe('https://api.eu.pagerduty.com')
    expect(config.port).toBe(0)
  })

  it('takes an empty value for one that is not set', () => {
    expect(readConfig({ env: { ...GOOD, PORT: '', PAGERDUTY_API_TOKEN: '' } }).port).toBe(3000)
  })

  it('does without Slack where Slack is not used', () => {
    const env = { PAGERDUTY_ROUTING_KEY: GOOD.PAGERDUTY_ROUTING_KEY }
    expect(() => readConfig({ env, slackless: true })).not.toThrow()
    expect(faultsOf({ env })).toHaveLength(2)
  })
})

describe('a wrong or missing variable', () => {
  it.each([
    ['SLACK_BOT_TOKEN', undefined, /found nothing; accepted: a bot token: xoxb-…/],
    ['SLACK_BOT_TOKEN', 'xoxp-1234', /found "xoxp…" of 9 characters/],
    ['SLACK_BOT_TOKEN', 'xoxb-12 34', /found "xoxb…" of 10 characters/],
    ['SLACK_APP_TOKEN', 'xoxb-1234', /accepted: an app-level token: xapp-…/],
    ['SLACK_SIGNING_SECRET', 'short', /found a value of 5 characters; accepted: the signing secret/],
    ['SLACK_API_URL', 'slack.com', /found "slack\.com"; accepted: an https:\/\/ URL/],
    ['EMERGENCY_CHANNEL', '#two words', /accepted: a channel id, or a name with or without #/],
    ['PAGERDUTY_ROUTING_KEY', undefined, /found nothing; accepted: the 32-character integration key/],
    ['PAGERDUTY_ROUTING_KEY', 'a'.repeat(31), /found a value of 31 characters/],
    ['PAGERDUTY_API_TOKEN', 'tiny', /found a value of 4 characters; accepted: a REST API key/],
    ['PAGERDUTY_FROM_EMAIL', 'mayday', /found "mayday"; accepted: an e-mail address/],
    ['PAGERDUTY_EVENTS_URL', 'ftp://events.pagerduty.com', /accepted: an https:\/\/ URL/],
    ['PAGERDUTY_API_URL', 'http://api.pagerduty.com', /http:\/\/ for loopback hosts only/],
    ['PAGERDUTY_WEBHOOK_SECRET', 'x', /accepted: the secret that PagerDuty showed/],
    ['DATABASE_URL', 'mysql://u:p@h/d', /found a value of 15 characters; accepted: a postgres:\/\/ URL/],
    ['PORT', '65536', /found "65536"; accepted: a port from 0 to 65535/],
    ['PORT', 'abc', /accepted: a port/],
    ['PORT', ' ', /accepted: a port/],
    ['PORT', '30.5', /accepted: a port/],
    ['LOG_LEVEL', 'loud', /found "loud"; accepted: .*trace/],
  ])('%s=%s is told by name, with what was found and what is accepted', (name, value, told) => {
    const faults = faultsOf({ env: { ...GOOD, [name]: value } })
    expect(faults.filter((fault) => fault.startsWith(`${name}:`))).toEqual([expect.stringMatching(told)])
  })

  it('has a test for every variable that can be wrong', () => {
    const anyText = ['MAYDAY_DATA_DIR', 'MAYDAY_CONFIG', 'CHECKLISTS_DIR']
    const wrong = Object.keys(environmentSchema.shape).filter((name) => !anyText.includes(name))
    const nonsense = faultsOf({ env: Object.fromEntries(wrong.map((name) => [name, '?? ??'])) })
    expect(nonsense.map((fault) => fault.split(':')[0]).toSorted()).toEqual(wrong.toSorted())
  })

  it('is not the only thing told: every fault is', () => {
    const faults = faultsOf({
      env: { PORT: 'x', PAGERDUTY_API_TOKEN: 'u+AAAAAAAAAAAAA' },
      file: 'paging: { mode: on }',
    })
    expect(faults.map((fault) => fault.split(': found')[0])).toEqual([
      'SLACK_BOT_TOKEN',
      'PAGERDUTY_ROUTING_KEY',
      'PORT',
      'SLACK_APP_TOKEN or SLACK_SIGNING_SECRET',
      'PAGERDUTY_FROM_EMAIL',
      'mayday.yml:1 paging.mode',
    ])
  })
})

describe('http://', () => {
  it.each(['http://localhost:3000', 'http://127.0.0.1:1', 'http://127.9.9.9', 'http://127.1', 'http://[::1]:8080'])(
    '%s is this machine',
    (url) => {
      expect(faultsOf({ env: { ...GOOD, PAGERDUTY_EVENTS_URL: url, SLACK_API_URL: url } })).toEqual([])
    },
  )

  it.each([
    'http://127.evil.example',
    'http://127.0.0.1.evil.example',
    'http://localhost.evil.example',
    'http://10.0.0.1',
    'http://128.0.0.1',
    'http://user@evil.example:80/localhost',
    'http://[::2]',
    'http://0.0.0.0',
  ])('%s is not', (url) => {
    expect(faultsOf({ env: { ...GOOD, PAGERDUTY_EVENTS_URL: url, SLACK_API_URL: url } })).toHaveLength(2)
  })
})

describe('a secret', () => {
  it.each([...SECRET_VARIABLES])('in %s is never shown, however wrong it is', (name) => {
    const values = [`${SECRET} ${SECRET}`, `xoxb-${SECRET} x`, `mysql://u:${SECRET}@h`]
    const told = values.flatMap((value) => faultsOf({ env: { ...GOOD, [name]: value } })).join('\n')
    expect(told).toContain(name)
    expect(told).not.toContain('hunter2')
  })

  it.each(['SLACK_API_URL', 'EMERGENCY_CHANNEL', 'PAGERDUTY_FROM_EMAIL', 'PORT', 'LOG_LEVEL'])(
    'pasted into %s by mistake is not shown either',
    (name) => {
      const values = [`xoxb-1-${SECRET} `, `${SECRET} ${SECRET}`, `http://u:${SECRET}@evil.example`]
      const told = values.flatMap((value) => faultsOf({ env: { ...GOOD, [name]: value } })).join('\n')
      expect(told).toContain(name)
      expect(told).not.toContain('hunter2')
    },
  )

  it('of a team is not shown', () => {
    const file = 'teams: { pay: { routing_key_env: PAY_KEY } }'
    const told = faultsOf({ env: { ...GOOD, PAY_KEY: SECRET }, file })
    expect(told).toEqual([
      'PAY_KEY (teams.pay.routing_key_env): found a value of 21 characters; accepted: a 32-character integration key',
    ])
  })
})
