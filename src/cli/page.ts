/** `mayday page`: the same page as a message in the emergency channel, for when Slack itself is the outage. */
import { setTimeout as pause } from 'node:timers/promises'
import { createLoops } from '../adapters/system.js'
import { MaydayError } from '../errors.js'
import { line } from '../mrkdwn.js'
import { type Opened, openAnyGround } from './ground.js'
import { type Command, type Exit, type Io, loadConfigToPage, quietWorld } from './io.js'
import { createEndingClock, createSending, type PageOrder, type Sending } from './page-sending.js'
import { type CallList, callListOf, loud, sentence, type Truth } from './page-truth.js'
import { teamOf } from './team.js'
import { waitOf } from './wait.js'

export const page: Command = {
  usage: 'page "TEXT" [--team NAME] [--wait 60s]',
  help: 'page the on-call from here, without Slack',
  flags: {
    team: { type: 'string', about: 'a team of mayday.yml instead of the default service' },
    wait: { type: 'string', about: 'how long to wait for somebody to be confirmed (1s to 15m, default 60s)' },
  },
  run: async ({ io, json, positionals, flags }) => {
    const text = positionals.join(' ').trim()
    if (text === '') throw usage('Say what is wrong; nobody was paged.', 'mayday page "push notifications are down"')
    const waitMs = waitOf(flags['wait'], 60_000, 'nobody was paged')
    const { config, ignored } = loadConfigToPage(io)
    if (ignored !== undefined) io.err(`The page goes out with the settings that are right. ${ignored}`)
    const team = teamOf(config, flags['team'], 'nobody was paged')
    return pageNow({ io, json, config, text, team, waitMs })
  },
}

interface Order extends PageOrder {
  readonly io: Io
  readonly json: boolean
  readonly waitMs: number
}

/** Between two looks at the page, real ms. */
const LOOK_MS = 50
const ROUND_MS = 200
/** How long the end of the command waits for calls under way; the page is safe without them, ms. */
const END_MS = 1_000

async function pageNow(order: Order): Promise<Exit> {
  const { config, team, waitMs } = order
  const teller = createTeller(order)
  teller.say({ kind: 'sending' })
  const endsAt = Date.now() + waitMs
  const clock = createEndingClock()
  const world = { ...quietWorld(config), clock }
  const opened = await openAnyGround(config, world)
  // Asked now and not waited for, so that names and numbers are at hand should the page fail.
  opened.ground.directory.onCall(team).catch(() => undefined)
  const sending = createSending(order, opened.ground, clock)
  const numbers = () => callListOf(opened.ground.directory, team, config.paging.contacts, clock.now())
  const loops = createLoops(clock, world.log)
  const running = [
    loops.create('page', ROUND_MS, sending.carry),
    loops.create('page without a record', ROUND_MS, sending.carryAlone),
  ]
  try {
    await sending.declare()
    for (const loop of running) loop.start()
    const shoutAt = Date.now() + config.paging.shoutAfterMs
    while (!isKnown(sending.truth(), teller.reads) && Date.now() < endsAt) {
      teller.say(sending.truth())
      if (isBad(sending.truth(), Date.now() >= shoutAt)) await teller.shoutEarly(numbers)
      await pause(LOOK_MS)
    }
    teller.say(sending.truth())
    return await conclude({ order, opened, sending, teller, numbers })
  } finally {
    const stopped = Promise.all(running.map((loop) => loop.stop())).then(sending.idle)
    await Promise.race([stopped, pause(END_MS)])
    clock.end()
    await Promise.race([opened.ground.store.close(), pause(END_MS)])
  }
}

interface Teller {
  /** A REST key is set: a page can be confirmed. */
  readonly reads: boolean
  /** Says each new truth once. */
  say(truth: Truth): void
  /** Names and numbers while Mayday keeps trying, once. */
  shoutEarly(numbers: () => Promise<CallList>): Promise<void>
  /** The last word, with names and numbers where they do not stand above already. */
  shout(headline: string, list: CallList): void
}

function createTeller({ io, json, config }: Order): Teller {
  const reads = config.pagerduty.token !== undefined
  let said = ''
  let shouted = false
  return {
    reads,
    say(truth) {
      const words = sentence(truth, reads)
      if (!json && words !== said) io.out(words)
      said = words
    },
    async shoutEarly(numbers) {
      if (json || shouted) return
      shouted = true
      for (const words of ['CALL BY PHONE; Mayday keeps trying meanwhile:', ...loud(await numbers())]) io.err(words)
    },
    shout(headline, list) {
      const rows = shouted ? [`${headline} Call the people above.`] : [`${headline} Call by phone:`, ...loud(list)]
      for (const words of rows) io.err(words)
    },
  }
}

/** People must be called by phone now, whatever Mayday goes on trying. */
function isBad(truth: Truth, late: boolean): boolean {
  if (truth.kind === 'failing' || truth.kind === 'refused') return late
  return truth.kind === 'not_delivered' || truth.kind === 'unconfirmed'
}

/** Nothing more is to be waited for. */
function isKnown(truth: Truth, reads: boolean): boolean {
  if (truth.kind === 'accepted') return !reads
  return truth.kind === 'confirmed' || truth.kind === 'shadowed' || truth.kind === 'withdrawn'
}

interface Ending {
  readonly order: Order
  readonly opened: Opened
  readonly sending: Sending
  readonly teller: Teller
  readonly numbers: () => Promise<CallList>
}

async function conclude({ order, opened, sending, teller, numbers }: Ending): Promise<Exit> {
  const { io, json, waitMs } = order
  const truth = sending.truth()
  const done = truth.kind === 'confirmed' || (truth.kind === 'accepted' && !teller.reads)
  const incident = sending.incident()
  if (json) {
    const result = done || truth.kind === 'shadowed' ? truth.kind : failureOf(truth)
    const { kind: _, ...rest } = truth
    const call = done ? {} : { call: (await numbers()).people }
    io.out(JSON.stringify({ result, dedupKey: sending.dedupKey, incident: incident ?? null, ...rest, ...call }))
    return done ? 0 : 1
  }
  if (!done) teller.shout(headline(truth, waitMs), await numbers())
  for (const words of recordLines(incident, done, opened)) io.out(words)
  return done ? 0 : 1
}

function failureOf(truth: Truth): 'not_delivered' | 'unconfirmed' {
  return truth.kind === 'accepted' || truth.kind === 'unconfirmed' ? 'unconfirmed' : 'not_delivered'
}

function headline(truth: Truth, waitMs: number): string {
  const within = `within ${waitMs / 1000} s`
  if (truth.kind === 'shadowed') return 'NOBODY HAS BEEN PAGED: Mayday is in shadow mode.'
  if (failureOf(truth) === 'unconfirmed') {
    return `NOBODY IS KNOWN TO HAVE BEEN PAGED: PagerDuty accepted the page, but nobody was confirmed ${within} (often: nobody is on call, or the service is disabled).`
  }
  const because = 'because' in truth ? ` (${line(truth.because, 200)})` : ''
  return `NOBODY HAS BEEN PAGED: PagerDuty did not take the page ${within}${because}.`
}

function recordLines(incident: number | undefined, done: boolean, opened: Opened): readonly string[] {
  if (incident !== undefined) {
    const goesOn = done ? 'follows it from here' : 'goes on trying'
    return [
      `It is emergency #${incident} in the store. A bot that runs on this store opens its thread in Slack and ${goesOn}.`,
    ]
  }
  const why = opened.trouble === undefined ? 'The store does not answer.' : opened.trouble.message
  const alone = done ? '' : ' Nobody goes on trying now: run the command again.'
  return [`This page has no record: ${why} The bot does not know of it and opens no thread.${alone}`]
}

function usage(what: string, hint: string): MaydayError {
  return new MaydayError('USAGE', { what, hint })
}
