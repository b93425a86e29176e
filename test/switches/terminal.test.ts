/** `mayday switch` while Slack is the outage, and what doctor says of switches. */
import { expect, onTestFinished, test } from 'vitest'
import { createHerokuSimulator, type HerokuSimulator } from '../../src/simulator/heroku/simulator.js'
import { type Desk, startDesk } from '../cli/rig.js'

const CERT = 'CANARY-5e1f-certificate'
const YAML = `switches:
  ios-push: { kind: heroku_scale, app: acme-push, process: ios-worker }
  certificate: { kind: heroku_config, app: acme-push, var: APNS_CERT, api_key_env: OTHER_KEY }
`

async function desk(yaml = YAML): Promise<{ desk: Desk; heroku: HerokuSimulator; env: Record<string, string> }> {
  const heroku = await createHerokuSimulator()
  onTestFinished(() => heroku.close())
  heroku.addApp('acme-push', { formation: { 'ios-worker': { quantity: 2 } }, config: { APNS_CERT: CERT } })
  const opened = await startDesk()
  opened.configure(yaml)
  const env = { HEROKU_API_URL: heroku.apiUrl, HEROKU_API_KEY: heroku.apiKey, OTHER_KEY: heroku.apiKey }
  return { desk: opened, heroku, env }
}

test('with Slack down: off, listed, on; exit 0', async () => {
  const { desk: at, heroku, env } = await desk()
  const slackless = { ...env, SLACK_BOT_TOKEN: undefined, SLACK_APP_TOKEN: undefined, SLACK_API_URL: undefined }
  at.slack.outage(true)
  const off = await at.type(['switch', 'ios-push', 'off'], slackless)
  expect(off.text).toMatch(/^ios-push is off: turned off by \w+ \(at a terminal\) and read back/)
  expect(off.exit).toBe(0)
  expect(heroku.app('acme-push').formation.get('ios-worker')?.quantity).toBe(0)
  const list = await at.type(['switch'], slackless)
  expect(list.text).toMatch(/ios-push: off since 20\d\d-.* UTC, turned off by \w+ \(at a terminal\)/)
  expect(list.text).toMatch(/certificate: on/)
  expect(await at.type(['switch', 'ios-push', 'on', '--json'], slackless)).toMatchObject({ exit: 0 })
  expect(heroku.app('acme-push').formation.get('ios-worker')?.quantity).toBe(2)
})

test('what a person gets who slips, and who may not', async () => {
  const { desk: at, heroku, env } = await desk(`${YAML}permissions: { purge: { users: ['terminal:nobody-here'] } }\n`)
  expect(await at.type(['switch', 'ios-push'], env)).toMatchObject({ exit: 2 })
  expect((await at.type(['switch', 'ios-push', 'off'], env)).text).toMatch(/may not turn switches from this terminal/)
  at.configure(YAML)
  expect((await at.type(['switch', 'android', 'off'], env)).text).toMatch(/no switch "android".*ios-push, certificate/)
  const missing = await at.type(['switch'], { ...env, OTHER_KEY: undefined })
  expect(missing).toMatchObject({ exit: 2 })
  expect(missing.text).toMatch(/OTHER_KEY \(mayday\.yml switches\.certificate\.api_key_env\): found nothing/)
  expect(heroku.requests.filter((one) => one.method !== 'GET')).toEqual([])
})

test('a key over plain http goes to this machine only', async () => {
  const { desk: at, env } = await desk()
  const said = await at.type(['switch'], { ...env, HEROKU_API_URL: 'http://api.heroku.example' })
  expect(said.exit).toBe(2)
  expect(said.text).toMatch(/HEROKU_API_URL/)
})

test('doctor reads every switch, with a remedy for each fault, and shows no value and no key', async () => {
  const {
    desk: at,
    heroku,
    env,
  } = await desk(
    `${YAML}  android: { kind: heroku_scale, app: acme-push, process: nobody }\n  lost: { kind: heroku_scale, app: gone-app, process: web }\n`,
  )
  const said = await at.type(['doctor'], { ...env, OTHER_KEY: 'HRKU-wrong-0000' })
  expect(said.text).toMatch(
    /ok {4}Switch ios-push can be read: on \(process type ios-worker of acme-push on Heroku: 2 × Standard-1X\)/,
  )
  expect(said.text).toMatch(/FAIL {2}Switch certificate cannot be read: .*401 unauthorized/)
  expect(said.text).toMatch(/FAIL {2}Switch android cannot be read: .*Couldn't find that process type/)
  expect(said.text).toMatch(/FAIL {2}Switch lost cannot be read: .*Couldn't find that app/)
  expect(said.text).toMatch(/MAYDAY_SECRETS_KEY/)
  expect(said.exit).toBe(1)
  expect(said.text).not.toMatch(/CANARY|HRKU-/)
  expect(heroku.requests.filter((one) => one.method !== 'GET')).toEqual([])
})
