/** `/mayday switch` against the simulated Heroku: off, on, read back, told, reminded, and what happens when it fails. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeOwner } from '../../src/adapters/store/owner.js'
import { openStore } from '../../src/adapters/store/store.js'
import { createHerokuSimulator, type HerokuSimulator } from '../../src/simulator/heroku/simulator.js'
import { eventually } from '../support/eventually.js'
import { createStage, type Stage, type StageOptions, type Thread } from '../support/stage.js'

const YAML = `switches:
  ios-push: { kind: heroku_scale, app: acme-push, process: ios-worker }
  certificate: { kind: heroku_config, app: acme-push, var: APNS_CERT }
`
/** A canary: it must be seen nowhere but at Heroku. */
const CERT = 'CANARY-5e1f-certificate'

let heroku: HerokuSimulator
let stage: Stage

beforeEach(async () => {
  heroku = await createHerokuSimulator()
  heroku.addApp('acme-push', {
    formation: { 'ios-worker': { quantity: 3, size: 'Standard-2X' } },
    config: { APNS_CERT: CERT, OTHER: 'CANARY-other' },
  })
})

afterEach(async () => {
  await stage.close()
  await heroku.close()
})

async function open(env: Record<string, string> = {}, more: StageOptions = {}): Promise<void> {
  stage = await createStage({
    yaml: (people) => `${YAML}permissions: { purge: { users: [${people.alex}] } }\n`,
    limits: { answerMs: 300 },
    ...more,
    env: { HEROKU_API_URL: heroku.apiUrl, HEROKU_API_KEY: heroku.apiKey, ...env },
  })
}

async function type(text: string, answer: RegExp, user = stage.people.alex): Promise<string> {
  const before = stage.slack.ephemerals(user).length
  await stage.slack.slash({ user, channel: stage.channel, command: '/mayday', text })
  return eventually(() => {
    const said = stage.slack.ephemerals(user).slice(before)
    const hit = said.find((one) => answer.test(one.text))
    expect(hit, `no answer like ${answer} among:\n${said.map((one) => `- ${one.text}`).join('\n')}`).toBeDefined()
    return hit?.text ?? ''
  })
}

async function emergency(): Promise<Thread> {
  const thread = stage.say('customers get every push four times')
  await thread.expect(/is paging Alex/)
  return thread
}

const quantity = () => heroku.app('acme-push').formation.get('ios-worker')?.quantity
const writes = () => heroku.requests.filter((one) => one.method !== 'GET')
const kinds = async (): Promise<readonly string[]> =>
  ((await stage.bots[0]?.ports.store.facts.ofIncident(1 as never)) ?? []).map((fact) => fact.kind)
/** Sentences that claim it is off. */
const CLAIM = /ios-push\*? is \*off\*:|ios-push is off since|ios-push\*?: \*off\*/
/** Everything that left the process towards people. */
const everything = () =>
  [
    ...stage.told(),
    ...stage.slack.ephemerals(stage.people.alex).map((one) => one.text),
    JSON.stringify(stage.slack.messages(stage.channel)),
  ].join('\n')

describe('a process type', () => {
  test('is turned off and on as it was, by whom and when, and the card shows it until then', async () => {
    await open()
    const thread = await emergency()
    await type('switch ios-push off', /\*ios-push\* is \*off\*: turned off by <@U\w+> and read back .*0 × Standard-2X/)
    expect(quantity()).toBe(0)
    await thread.expect(/^\*ios-push\* is \*off\*: turned off by/)
    await thread.expect(/^Emergency #1.*ios-push is off since/s)
    await type('switch', /\*ios-push\*: \*off\* since .*turned off by <@U\w+>/)
    await thread.press('switch.on')
    await thread.expect(/^\*ios-push\* is \*on\*: turned on by .*3 × Standard-2X/)
    expect(heroku.app('acme-push').formation.get('ios-worker')).toMatchObject({ quantity: 3, size: 'Standard-2X' })
    await eventually(() =>
      expect(thread.replies().find((one) => /^Emergency #1/.test(one.text))?.text).not.toMatch(/ios-push is off/),
    )
    expect(await kinds()).toEqual(expect.arrayContaining(['switch_asked', 'switch_off', 'switch_on']))
  })

  test('off twice is off once', async () => {
    await open()
    await emergency()
    await type('switch ios-push off', /is \*off\*/)
    await type('switch ios-push off', /is off already .*Nothing was done/)
    expect(writes()).toHaveLength(1)
    await type('switch ios-push on', /3 × Standard-2X/)
  })

  test('only those may who may purge; others and guests change nothing', async () => {
    await open()
    await emergency()
    await type('switch ios-push off', /Nothing was done: you are not among those who may/, stage.people.kim)
    await type('switch ios-push off', /Nothing was done: you are a guest/, stage.people.guest)
    await type('switch', /\*ios-push\*: \*on\*/, stage.people.kim)
    expect(writes()).toEqual([])
    expect(await kinds()).toContain('refused')
  })

  test('a name that is none, and a verb that is none', async () => {
    await open()
    await type('switch android off', /There is no switch "android"; nothing was done\. Switches: ios-push, certificate/)
    await type('switch ios-push down', /Usage/)
  })
})

describe('nothing is said to be off that was not read back', () => {
  test('Heroku refuses: it says why, what to do, and that it is still on', async () => {
    await open({ HEROKU_API_KEY: heroku.readKey })
    const thread = await emergency()
    await type(
      'switch ios-push off',
      /was \*not\* turned off: .*403 forbidden.*It is on \(3 × Standard-2X, read just now\)/s,
    )
    await thread.expect(/was \*not\* turned off/)
    expect(await kinds()).toContain('switch_failed')
    expect(everything()).not.toMatch(CLAIM)
  })

  test('the answer is lost but it was done: read back, it is off', async () => {
    await open()
    await emergency()
    heroku.fail({ method: 'PATCH', applyThenReset: true, times: 9 })
    await type('switch ios-push off', /is \*off\*: turned off by .* read back/)
  })

  test('the connection breaks and nothing was done: not known, looked at again, and then said to be on', async () => {
    await open()
    const thread = await emergency()
    heroku.fail({ method: 'PATCH', reset: true, times: 9 })
    await type('switch ios-push off', /It is \*not known\* whether \*ios-push\* is off/)
    heroku.mend()
    stage.clock.forward('70s')
    await thread.expect(/\*ios-push\* was \*not\* turned off: .*It is on \(3 × Standard-2X, read just now\)/)
    expect(everything()).not.toMatch(CLAIM)
  })

  test('a refusal for now that passes is waited for', async () => {
    await open()
    await emergency()
    heroku.refuse(503, 'maintenance', { method: 'PATCH' })
    heroku.refuse(429, 'rate_limit', { method: 'GET', headers: { 'retry-after': '1' } })
    await type('switch ios-push off', /is \*off\*/)
  })

  test.each([
    [401, 'unauthorized', /API key is wrong or has expired/],
    [402, 'delinquent', /settle its billing/],
    [404, 'not_found', /the names under switches/],
    [422, 'invalid_params', /Heroku dashboard/],
    [429, 'rate_limit', /no more requests of this account for now .*Ask again in 120 s/s],
    [503, 'maintenance', /status\.heroku\.com/],
  ])('%i %s says what to do', async (status, id, words) => {
    await open()
    heroku.refuse(status, id, { times: 9, headers: status === 429 ? { 'retry-after': '120' } : {} })
    await type('switch ios-push off', words)
    expect(quantity()).toBe(3)
  })
})

describe('a restart', () => {
  /** As a crash leaves it: asked, with what turning on will need, and what became of it not written down. */
  async function crashed(): Promise<void> {
    await open({}, { started: false })
    const store = await openStore({ url: stage.config.store.url, owner: makeOwner() })
    const at = stage.clock.now() - 120_000
    const pending = { id: 'x1', wanted: 'off', by: `slack:${stage.people.alex}`, at, until: at + 60_000 }
    const memory = { quantity: 3, size: 'Standard-2X' }
    await store.notes.set('switch:ios-push', JSON.stringify({ pending, memory }))
    await store.close()
  }
  const told = (words: RegExp) => eventually(() => expect(stage.told().join('\n')).toMatch(words))

  test('after the call, before the record: read back, it is off, and on again brings back what ran', async () => {
    await crashed()
    heroku.scale('acme-push', 'ios-worker', 0)
    await stage.bot()
    await told(/\*ios-push\* is \*off\*: turned off by <@U\w+> and read back/)
    await type('switch ios-push on', /3 × Standard-2X/)
    expect(quantity()).toBe(3)
  })

  test('before the call: it is on, and that is what is said', async () => {
    await crashed()
    await stage.bot()
    await told(/\*ios-push\* was \*not\* turned off: .*It is on \(3 × Standard-2X, read just now\)/)
    expect(everything()).not.toMatch(CLAIM)
    expect(writes()).toEqual([])
  })

  test('while Heroku does not answer: nothing is said until it does', async () => {
    await crashed()
    heroku.scale('acme-push', 'ios-worker', 0)
    heroku.refuse(503, 'maintenance', { times: 99 })
    await stage.bot()
    await eventually(() => expect(heroku.requests.length).toBeGreaterThan(0))
    expect(everything()).not.toMatch(/ios-push/)
    heroku.mend()
    stage.clock.forward('6s')
    await told(/\*ios-push\* is \*off\*: turned off by/)
  })

  test('somebody turned it on at Heroku meanwhile: Mayday notices and says so', async () => {
    await open()
    const thread = await emergency()
    await type('switch ios-push off', /is \*off\*/)
    await stage.bots[0]?.stop()
    heroku.scale('acme-push', 'ios-worker', 2)
    await stage.bot()
    await thread.expect(/\*ios-push\* is \*on\* .*2 × Standard-2X.*it was not turned on by Mayday/)
  })
})

describe('while it is off', () => {
  test('people are reminded every 30 minutes, also when the emergency is over', async () => {
    await open()
    const thread = await emergency()
    await type('switch ios-push off', /is \*off\*/)
    await type('resolve', /Closed/)
    stage.clock.forward('31m')
    await thread.expect(/\*ios-push\* is still \*off\*, for 31 min now .*read just now/)
    const reminders = () => thread.replies().filter((one) => /still \*off\*/.test(one.text)).length
    expect(reminders()).toBe(1)
    stage.clock.forward('31m')
    await eventually(() => expect(reminders()).toBe(2))
    await thread.press('switch.on')
    await thread.expect(/is \*on\*: turned on by/)
  })

  test('and when it cannot be read, the reminder says that', async () => {
    await open()
    const thread = await emergency()
    await type('switch ios-push off', /is \*off\*/)
    heroku.refuse(503, 'maintenance', { times: 99 })
    stage.clock.forward('31m')
    await thread.expect(/was \*off\* when Mayday last read it .* and cannot be read now/)
  })
})

describe('a config var', () => {
  const value = () => heroku.app('acme-push').config['APNS_CERT']

  test('comes back by a rollback where nothing else was released since; its value is seen nowhere', async () => {
    await open()
    const thread = await emergency()
    await type('switch certificate off', /\*certificate\* is \*off\*.*APNS_CERT is not set/)
    expect(value()).toBeUndefined()
    await type('switch certificate on', /is \*on\*.*APNS_CERT is set/)
    expect(value()).toBe(CERT)
    expect(heroku.app('acme-push').releases.at(-1)?.description).toBe('Rollback to v1')
    await thread.expect(/\*certificate\* is \*on\*/)
    expect(everything()).not.toMatch(/CANARY/)
  })

  test('where something was released since, the code stays and only the var comes back', async () => {
    await open()
    await emergency()
    await type('switch certificate off', /is \*off\*/)
    heroku.deploy('acme-push', { NEW: '1' })
    await type('switch certificate on', /is \*on\*/)
    expect(heroku.app('acme-push').config).toMatchObject({ APNS_CERT: CERT, NEW: '1' })
    expect(heroku.app('acme-push').releases.at(-1)).toMatchObject({ slug: 'slug-3' })
  })

  test('from the encrypted copy with MAYDAY_SECRETS_KEY; the store holds no plain text', async () => {
    await open({ MAYDAY_SECRETS_KEY: 'ab'.repeat(32) })
    await emergency()
    await type('switch certificate off', /is \*off\*/)
    const note = await stage.bots[0]?.ports.store.notes.get('switch:certificate')
    expect(note).toMatch(/"sealed":"v1\./)
    expect(note).not.toMatch(/CANARY/)
    await type('switch certificate on', /is \*on\*/)
    expect(value()).toBe(CERT)
    expect(heroku.app('acme-push').releases.at(-1)?.description).toBe('Set APNS_CERT config vars')
  })

  test('a refusal that repeats values is not repeated', async () => {
    await open()
    const thread = await emergency()
    heroku.refuse(422, 'invalid_params', { method: 'PATCH', message: `APNS_CERT=${CERT} is bad` })
    await type('switch certificate off', /HTTP 422 invalid_params/)
    await thread.expect(/was \*not\* turned off/)
    expect(everything()).not.toMatch(/CANARY/)
  })
})
