/** App Home: what it shows, to whom, that it stays true, and its buttons. */
import { afterEach, describe, expect, it } from 'vitest'
import { MaydayError } from '../../src/errors.js'
import { homeBlocks, homeView, textView } from '../../src/incidents/home/home.js'
import { createHomes } from '../../src/incidents/home/homes.js'
import type { Incident, IncidentId, Page, PageId } from '../../src/incidents/incident.js'
import type { Store } from '../../src/ports.js'
import { checkView } from '../../src/simulator/slack/blocks/check.js'
import type { SimView } from '../../src/simulator/slack/types.js'
import { eventually } from '../support/eventually.js'
import { refusedBySlack } from '../support/heard.js'
import { createStage, type Stage } from '../support/stage.js'

const shown = (stage: Stage, user: string): string => JSON.stringify(stage.slack.homes.get(user) ?? '')

/** Waits until this person's App Home reads like this; the clock goes on, as it would. */
function reads(stage: Stage, user: string, pattern: RegExp): Promise<string> {
  return eventually(() => {
    stage.clock.forward('1s')
    expect(shown(stage, user)).toMatch(pattern)
    return shown(stage, user)
  })
}

async function pressed(stage: Stage, user: string, actionId: string): Promise<SimView> {
  const before = stage.slack.views(user).length
  await stage.slack.pressInView({ user, viewId: 'home', actionId })
  return eventually(() => stage.slack.views(user)[before] ?? expect.unreachable())
}

function anIncident(id: number): Incident {
  return {
    ...{ id: id as IncidentId, state: 'declared', channel: 'C1', text: 'x', declaredBy: 'slack:U1' },
    ...{ declaredAt: 1, recordedAt: 1, via: 'slack' },
  }
}

const publishes = (stage: Stage) => stage.slack.calls('views.publish').length

describe('App Home', () => {
  let stage: Stage
  afterEach(() => stage.close())

  it('shows what is true, to members, and goes on showing it while they look', async () => {
    stage = await createStage({ yaml: 'teams:\n  payments: {escalation_policy: PX1}\n' })
    const { alex, kim, guest, stranger } = stage.people
    await eventually(async () => expect(await stage.bots[0]?.ports.directory.known()).toBeDefined())
    for (const user of [alex, guest, stranger]) stage.slack.openHome(user)
    stage.slack.openHome(kim, 'messages')
    const first = await reads(stage, alex, /No emergency is open/)
    for (const part of [
      /Default: Alex Rivera \(level 1\), Kim Osei \(level 2\)/,
      /Team payments: /,
      /no delivery is on hold, no switch is off and no purge is running/,
      /overdue for review/i,
      /no drill has been run yet/,
      /home\.page.*home\.status.*home\.checklists/,
    ])
      expect(first).toMatch(part)
    for (const user of [guest, stranger]) {
      const told = await reads(stage, user, /Nothing is shown here: you (are a guest|belong to another)/)
      expect(told).not.toMatch(/Alex|home\.page/)
    }
    expect(shown(stage, kim)).toBe('""')

    const thread = stage.say('push is down <for> all')
    await thread.expect(/is paging Alex/)
    await reads(
      stage,
      alex,
      /1 emergency is open.*archives\/\w+\/p\d+\|#1>.*nobody has taken it.*confirmed \(calling Alex.*push is down &lt;for&gt; all/,
    )
    await thread.press('incident.ack')
    await reads(stage, alex, new RegExp(`<@${alex}> is on it`))
    await thread.press('incident.resolve')
    await reads(stage, alex, /No emergency is open/)
    expect(shown(stage, guest)).not.toMatch(/emergency is open/)

    // Nobody looks any more: nothing is published for them.
    stage.clock.forward('61m')
    const before = publishes(stage)
    await stage.say('disk is full').expect(/is paging Alex/)
    stage.clock.forward('30s')
    expect(publishes(stage)).toBe(before)
    stage.slack.openHome(alex)
    await reads(stage, alex, /#2/)
    expect(refusedBySlack(stage)).toEqual([])
  })

  it('has buttons for the status, the checklists and a page, which one form makes once', async () => {
    stage = await createStage()
    const { alex, guest } = stage.people
    await stage.say('push is down').expect(/is paging Alex/)
    stage.slack.openHome(alex)
    await reads(stage, alex, /1 emergency is open/)
    expect(JSON.stringify((await pressed(stage, alex, 'home.status')).view)).toMatch(/1 open:.*#1.*push is down/)
    expect(JSON.stringify((await pressed(stage, alex, 'home.checklists')).view)).toMatch(/push/)
    const form = await pressed(stage, alex, 'home.page')
    expect(JSON.stringify(form.view)).toMatch(/Open now.*#1.*Who is called.*By which rule/)
    expect(await stage.slack.submit({ user: alex, viewId: form.id, values: {} })).toMatchObject({ acked: false })
    const values = { words: { words: 'the vault is open & nobody knows <why>' } }
    await stage.slack.submit({ user: alex, viewId: form.id, values })
    expect(JSON.stringify(stage.slack.views(alex).find((one) => one.id === form.id)?.view)).toMatch(/#2 is raised/)
    await eventually(() => expect(stage.pagerduty.events()).toHaveLength(2))
    const [, event] = stage.pagerduty.events()
    expect(event?.dedup_key).toBe(`slack:${stage.slack.teamId}:form:${form.id}`)
    expect(event?.payload?.summary).toBe('the vault is open & nobody knows <why>')
    const root = await eventually(
      () => stage.slack.messages(stage.channel).find((one) => /raised by/.test(one.text)) ?? expect.unreachable(),
    )
    expect(root.text).toBe(`Emergency #2, raised by <@${alex}>: the vault is open &amp; nobody knows &lt;why&gt;`)
    const sent = stage.slack.deliveries.find((one) => one.eventType === 'view_submission') ?? expect.unreachable()
    const forged = { ...(sent.payload as object), user: { id: guest } }
    for (const payload of [sent.payload, forged]) stage.slack.emitRaw({ type: 'interactive', payload })
    await eventually(() => expect(stage.slack.unacked()).toBe(0))
    expect(stage.pagerduty.events()).toHaveLength(2)
    expect(refusedBySlack(stage)).toEqual([])
  })

  it('says in the form when nobody can be paged from there, because there is no emergency channel', async () => {
    stage = await createStage({ started: false, env: { EMERGENCY_CHANNEL: '#not-there' } })
    await stage.bot()
    const { alex } = stage.people
    stage.slack.openHome(alex)
    await eventually(() => expect(shown(stage, alex)).toMatch(/home\.page/))
    const form = await pressed(stage, alex, 'home.page')
    expect(JSON.stringify(form.view)).toMatch(/Nobody was paged: Slack has not told Mayday yet which channel/)
  })

  it('comes by signed HTTP too, and says so when the store does not answer', async () => {
    let away = false
    stage = await createStage({
      mode: 'http',
      wrapStore: (store) => ({
        ...store,
        incidents: {
          ...store.incidents,
          open: () => (away ? Promise.reject(new MaydayError('STORE_UNAVAILABLE')) : store.incidents.open()),
        },
      }),
    })
    const { alex } = stage.people
    stage.slack.openHome(alex)
    await reads(stage, alex, /No emergency is open/)
    away = true
    stage.slack.openHome(alex)
    await reads(stage, alex, /store does not answer.*pages all the same/)
    away = false
    await reads(stage, alex, /No emergency is open/)
  })
})

it('only so many people are kept up to date at once, the latest, until an hour has gone', async () => {
  let now = 1e12
  let open: readonly Incident[] = []
  const published: string[] = []
  const homes = createHomes({
    store: {
      incidents: { open: async () => open },
      pages: { ofIncident: async () => [] },
      outbox: {},
    } as unknown as Store,
    chat: {
      person: async (id) => ({ id, name: id, kind: 'member' }),
      publishHome: async (user) => void published.push(user),
    },
    directory: { known: async () => undefined },
    clock: { now: () => now, after: () => () => {} },
    log: { debug() {}, info() {}, warn() {}, error() {} },
    ...{ teams: [], shadow: false, channel: () => 'C1', address: () => undefined },
    around: async () => ({ holds: [], off: [], purges: [], stale: { checklists: 0, docs: 0, deadLinks: 0 } }),
  })
  for (let user = 0; user < 40; user++) {
    now += 1
    await homes.opened(`U${user}`)
  }
  const change = async (id: number): Promise<readonly string[]> => {
    published.length = 0
    open = [{ ...anIncident(id), threadTs: '1.1' }]
    await homes.tick()
    return [...published]
  }
  expect(await change(1)).toEqual([])
  now += 10_000
  const latest = Array.from({ length: 12 }, (_, index) => `U${28 + index}`)
  expect((await change(2)).toSorted()).toEqual(latest)
  expect(await change(3)).toEqual([])
  now += 10_000
  expect((await change(3)).toSorted()).toEqual(latest)
  now += 10_000
  expect(await change(3)).toEqual([])
  now += 3_600_000
  expect(await change(4)).toEqual([])
})

describe('with everything as long as it may be', () => {
  const long = (length: number): string => '&'.repeat(length)
  const incident = (id: number): Incident => ({
    ...anIncident(id),
    state: 'mitigated',
    text: long(40_000),
    permalink: `https://x.slack.com/archives/C0123456789/p${1e15 + id}?thread_ts=1628000000.000100&cid=C0123456789`,
    severity: 1,
    acknowledgedBy: `pagerduty:${long(300)}`,
  })
  const page = (index: number): Page => ({
    id: `p${index}` as PageId,
    incidentId: 1 as IncidentId,
    team: long(60),
    dedupKey: 'k',
    summary: long(1_024),
    body: long(40_000),
    requestedBy: 'slack:U1',
    requestedAt: 1,
    state: 'confirmed',
    attempts: 1,
    uncertain: false,
    lookups: 0,
    pager: { id: 'P', url: 'https://x', assignees: Array.from({ length: 50 }, () => long(100)) },
    watch: { since: 1 },
    merged: [],
    notBefore: 1,
  })
  const list = { readAt: 1, people: Array.from({ length: 40 }, () => ({ name: long(200), level: 9 })) }

  it('Slack takes the view, and every form of its buttons', () => {
    const input = {
      channel: 'C1',
      shadow: true,
      now: 1e12,
      open: Array.from({ length: 60 }, (_, id) => ({
        incident: incident(id),
        link: incident(id).permalink,
        pages: Array.from({ length: 20 }, (_, i) => page(i)),
      })),
      onCall: [{ list }, ...Array.from({ length: 120 }, () => ({ team: long(80), list }))],
      holds: Array.from({ length: 30 }, () => ({ target: long(60), at: 1, by: `pagerduty:${long(200)}` as const })),
      off: Array.from({ length: 30 }, () => ({ name: long(60), detail: long(200), since: 1, readAt: 1 })),
      purges: Array.from({ length: 30 }, () => long(3_000)),
      stale: { checklists: 1e6, docs: 1e6, deadLinks: 1e6 },
    }
    const view = homeView(homeBlocks(input), 1e12, true)
    expect(checkView(view)).toEqual([])
    expect(JSON.stringify(view).length).toBeLessThan(250_000)
    expect(view.blocks.length).toBeLessThanOrEqual(100)
    for (const cut of [/And 45 more/, /And 114 more/, /And 22 more/, /And 25 more/])
      expect(JSON.stringify(view)).toMatch(cut)
    expect(checkView(textView('Open emergencies', `${`${long(600)}\n`.repeat(400)}\n${long(9_000)}`))).toEqual([])
  })
})
