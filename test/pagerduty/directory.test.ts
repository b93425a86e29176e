import { describe, expect, onTestFinished, test } from 'vitest'
import { createDirectory, type DirectoryOptions } from '../../src/adapters/pagerduty/directory.js'
import { MaydayError } from '../../src/errors.js'
import type { Notes } from '../../src/ports.js'
import { answerOf, hasty, startNight, teams } from './support.js'

const MINUTE = 60_000

/** The store's notes as they outlive a process. */
function createNotes(): Notes & { readonly rows: Map<string, string> } {
  const rows = new Map<string, string>()
  return {
    rows,
    get: async (name) => rows.get(name),
    set: async (name, value) => void rows.set(name, value),
  }
}

async function startDesk() {
  const night = await startNight()
  const notes = createNotes()
  const directory = (change: Partial<DirectoryOptions> = {}) =>
    createDirectory({ ...night.settings(), limits: hasty, notes, ...change })
  const reads = () => night.pagerDuty.requests({ path: '/oncalls' }).length
  return { ...night, notes, directory, reads }
}

describe('who is on call', () => {
  test('people by level with phone numbers, those without a schedule too', async () => {
    const { directory, clock } = await startDesk()
    expect(await directory().onCall()).toEqual({
      readAt: clock.now(),
      people: [
        { name: 'Alex Rivera', level: 1, email: 'alex@example.com', phone: '+1 4155550101' },
        { name: 'Kim Osei', level: 2, email: 'kim@example.com', phone: '+1 4155550102' },
      ],
    })
  })

  test('the end of a shift and its schedule, and several people on one level', async () => {
    const { pagerDuty, directory } = await startDesk()
    const until = '2021-07-18T08:00:00Z'
    pagerDuty.setOnCall([['PALEX01', 'PKIM002'], ['PKIM002']], { until })
    const people = (await directory().onCall())?.people ?? []
    expect(people.map((person) => `${person.level} ${person.name}`)).toEqual([
      '1 Alex Rivera',
      '1 Kim Osei',
      '2 Kim Osei',
    ])
    expect(people[0]).toMatchObject({ until: Date.parse(until), schedule: expect.stringMatching(/level 1/) })
  })

  test('a team by its routing key, a team by its policy, and a team that nobody knows', async () => {
    const { pagerDuty, directory } = await startDesk()
    const { id } = pagerDuty.addUser({ name: 'Dana Wu', email: 'dana@example.com' })
    const data = pagerDuty.addTeamService('Data')
    pagerDuty.setOnCall([[id]], { policyId: data.escalationPolicyId })
    const desk = directory(teams([['data', data.routingKey]], [['web', data.escalationPolicyId]]))
    for (const team of ['data', 'web']) {
      expect((await desk.onCall(team))?.people).toEqual([{ name: 'Dana Wu', level: 1, email: 'dana@example.com' }])
    }
    expect(await desk.onCall('nobody')).toBeUndefined()
  })

  test('more people than fit on one page', async () => {
    const { pagerDuty, directory, reads } = await startDesk()
    const ids = Array.from(
      { length: 130 },
      (_, n) => pagerDuty.addUser({ name: `P${n}`, email: `p${n}@example.com` }).id,
    )
    pagerDuty.setOnCall([ids])
    expect((await directory().onCall())?.people).toHaveLength(130)
    expect(reads()).toBe(2)
  })

  test('somebody who stands on a level for ever and in a schedule too is named once, without an end', async () => {
    const { pagerDuty, directory } = await startDesk()
    const user = { id: 'PALEX01', type: 'user', name: 'Alex Rivera', email: 'alex@example.com' }
    const schedule = { id: 'PS1', type: 'schedule_reference', summary: 'Primary' }
    const end = '2021-07-18T08:00:00Z'
    const oncalls = [
      { escalation_level: 1, user, schedule, start: '2021-07-16T08:00:00Z', end },
      { escalation_level: 1, user, schedule: null, start: null, end: null },
    ]
    for (const rows of [oncalls, oncalls.toReversed()]) {
      const body = JSON.stringify({ oncalls: rows, more: false })
      const headers = { 'content-type': 'application/json' }
      pagerDuty.fault({ match: '/oncalls', times: 1, status: 200, headers, body })
      const people = (await directory({ notes: createNotes() }).onCall())?.people
      expect(people).toEqual([{ name: 'Alex Rivera', level: 1, email: user.email, phone: '+1 4155550101' }])
    }
  })

  test('nobody on call is an answer, not a failure', async () => {
    const { pagerDuty, directory } = await startDesk()
    pagerDuty.setOnCall([])
    expect((await directory().onCall())?.people).toEqual([])
  })

  test('asks once a minute, however often it is asked at once', async () => {
    const { pagerDuty, directory, clock, reads } = await startDesk()
    const desk = directory()
    await Promise.all([desk.onCall(), desk.onCall(), desk.onCall()])
    clock.forward(MINUTE - 1)
    await desk.onCall()
    expect(reads()).toBe(1)
    pagerDuty.setOnCall([['PKIM002']])
    clock.forward(1)
    expect((await desk.onCall())?.people.map((person) => person.name)).toEqual(['Kim Osei'])
    expect(reads()).toBe(2)
    expect(pagerDuty.requests({ path: '/users/PKIM002/contact_methods' })).toHaveLength(1)
  })
})

describe('when PagerDuty is silent', () => {
  test('the last good copy stands, with its age', async () => {
    const { pagerDuty, directory, clock, reads } = await startDesk()
    const desk = directory()
    const before = await desk.onCall()
    pagerDuty.outage(true)
    clock.forward(10 * MINUTE)
    expect(await desk.onCall()).toEqual(before)
    const tried = reads()
    expect(await desk.onCall()).toEqual(before)
    expect(reads()).toBe(tried)
    pagerDuty.outage(false)
    clock.forward(MINUTE)
    expect((await desk.onCall())?.readAt).toBe(clock.now())
  })

  test('it survives a restart in the middle of the outage', async () => {
    const { pagerDuty, directory, clock } = await startDesk()
    const before = await directory().onCall()
    pagerDuty.outage(true)
    clock.forward(60 * MINUTE)
    const restarted = directory()
    expect(await restarted.onCall()).toEqual(before)
    expect(await restarted.known()).toEqual(before)
  })

  test('what is known is told at once and without a request', async () => {
    const { pagerDuty, directory, clock, reads } = await startDesk()
    const before = await directory().onCall()
    clock.forward(60 * MINUTE)
    pagerDuty.fault({ match: () => true, hang: true })
    expect(await directory().known()).toEqual(before)
    expect(reads()).toBe(1)
    expect(await directory({ notes: createNotes() }).known()).toBeUndefined()
  })

  test('a hanging PagerDuty does not hold up a list that is there', async () => {
    const { pagerDuty, directory, clock } = await startDesk()
    const before = await directory().onCall()
    clock.forward(60 * MINUTE)
    let lift = () => {}
    const asked = new Promise<void>((resolve) => {
      const done = pagerDuty.fault({
        match: (request) => {
          if (request.path === '/services') resolve()
          return true
        },
        hang: true,
      })
      lift = done
    })
    onTestFinished(lift)
    const patient = directory({ patienceMs: 50, limits: { answerMs: 2_000, deadlineMs: 2_000 } })
    expect(await patient.onCall()).toEqual(before)
    await asked
  })

  test('phone numbers that cannot be read are those of the last copy', async () => {
    const { pagerDuty, directory, clock } = await startDesk()
    await directory().onCall()
    pagerDuty.fault({ match: /contact_methods/, status: 403 })
    clock.forward(MINUTE)
    const restarted = await directory().onCall()
    expect(restarted?.readAt).toBe(clock.now())
    expect(restarted?.people[0]?.phone).toBe('+1 4155550101')
    const never = await directory({ notes: createNotes() }).onCall()
    expect(never?.people[0]).toEqual({ name: 'Alex Rivera', level: 1, email: 'alex@example.com' })
  })

  test('never read and nothing stored is undefined; no key too, and nothing is thrown', async () => {
    const { pagerDuty, directory, log } = await startDesk()
    expect(await directory({ token: undefined }).onCall()).toBeUndefined()
    expect(log.lines).toEqual([])
    pagerDuty.outage(true)
    expect(await directory().onCall()).toBeUndefined()
  })

  test('a store that fails or holds rubbish costs the memory, not the answer', async () => {
    const { directory, notes, log } = await startDesk()
    const fail = () => Promise.reject(new MaydayError('STORE_UNAVAILABLE'))
    expect((await directory({ notes: { get: fail, set: fail } }).onCall())?.people).toHaveLength(2)
    for (const rubbish of ['', '{', '{"readAt":"x","people":[]}', 'null']) {
      notes.rows.set('pagerduty.on-call:', rubbish)
      expect((await directory().onCall())?.people).toHaveLength(2)
    }
    expect(log.lines.join('\n')).toMatch(/not stored/)
    expect(log.lines.join('\n')).not.toMatch(/4155550101|alex@/)
  })
})

describe('whose login an e-mail address is', () => {
  test('only an equal address counts, in any case', async () => {
    const { pagerDuty, directory } = await startDesk()
    pagerDuty.addUser({ name: 'Not Alex', email: 'not-alex@example.com' })
    const desk = directory()
    expect(answerOf(await desk.loginOf('ALEX@example.com'))).toBe('alex@example.com')
    expect(answerOf(await desk.loginOf('lex@example.com'))).toBeUndefined()
    expect(answerOf(await desk.loginOf(' '))).toBeUndefined()
    expect(pagerDuty.requests({ path: '/users' })).toHaveLength(2)
  })

  test('an outage is told as such', async () => {
    const { pagerDuty, directory } = await startDesk()
    pagerDuty.outage(true)
    expect(await directory().loginOf('alex@example.com')).toMatchObject({ kind: 'retry', status: 503 })
  })
})
