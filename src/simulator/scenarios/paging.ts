/** From a message to somebody who has it. */
import type { Night } from '../night/acts.js'
import type { Emergency } from '../night/ledger.js'
import { span } from '../night/narrator.js'
import type { Scene } from './scenario.js'

export const theMessage: Scene = {
  at: '02:07',
  title: 'Somebody writes in #emergency, and that is all',
  play: async (night) => {
    const { tell, people } = night
    const emergency = night.declare('sam', 'iOS push notifications are going out again and again, users complain')
    await pagedByEvents(night, emergency, 'nobody has clicked anything')
    await calledByPagerDuty(night, emergency, people.alex.name)
    await night.untilCard(
      emergency,
      'the card says that PagerDuty is paging Alex',
      /PagerDuty opened incident \d+ and is paging Alex Rivera/,
    )
    tell.note('The one card in the thread, each time it changed:')
    showCard(night, emergency)
    checkTruth(night, emergency)
    tell.seen('The card claimed nothing before PagerDuty had confirmed it')
  },
}

/** The 202 and the key that makes one page of one message. */
async function pagedByEvents(night: Night, emergency: Emergency, remark: string): Promise<void> {
  const { ledger, pagerduty, slack, channel } = night
  const acceptedAt = await night.until(
    'PagerDuty accepts the page (202 on /v2/enqueue) for this message',
    () => ledger.trace(emergency).acceptedAt,
    { seen: () => answersOf(night) },
  )
  const took = span(acceptedAt - emergency.postedAt)
  night.tell.seen(`PagerDuty has the page ${took} after the post (202 Accepted); ${remark}`)
  const event = pagerduty.events().find((one) => one.dedup_key === emergency.key)
  const link = `${slack.origin}/archives/${channel}/p${emergency.ts.replace('.', '')}`
  const path = new URL(link).pathname
  night.check(
    'the page links to the message in Slack',
    event?.client_url?.endsWith(path) === true,
    String(event?.client_url),
  )
}

export async function calledByPagerDuty(night: Night, emergency: Emergency, name: string): Promise<void> {
  const trace = () => night.ledger.trace(emergency)
  await night.until(`PagerDuty calls ${name}`, () => trace().called === name, {
    seen: () => `it called ${trace().called ?? 'nobody'}; ${answersOf(night)}`,
  })
  const after = span((trace().calledAt ?? 0) - emergency.postedAt)
  night.tell.seen(`${name}'s phone rings, ${after} after the post`)
}

/** What PagerDuty answered to the latest requests that could page. */
function answersOf(night: Night): string {
  const asked = night.pagerduty.requests({ method: 'POST' }).filter((one) => one.path !== '/v2/change/enqueue')
  const answers = asked.slice(-4).map((one) => `${one.path} ${one.status === 0 ? 'no answer' : one.status}`)
  return answers.length === 0 ? 'PagerDuty was asked for nothing' : `PagerDuty answered: ${answers.join(', ')}`
}

/** Every drawing of the card; the earlier ones up to where they only repeat themselves. */
function showCard(night: Night, emergency: Emergency): void {
  const updates = night.card(emergency)?.updates ?? []
  const texts = updates.map(({ at, text }) => ({ at, words: night.reading.plain(text) }))
  for (const [index, { at, words }] of texts.entries()) {
    const [news = ''] = words.split(' Posted by ')
    if (texts[index - 1]?.words.startsWith(news) === true) continue
    const isLast = !texts.slice(index).some((later) => !later.words.startsWith(news))
    night.tell.shows(isLast ? words : `${news} …`, { label: span(at - emergency.postedAt).padStart(7) })
  }
}

/** No drawing of the card says that somebody is being paged before PagerDuty had called them. */
export function checkTruth(night: Night, emergency: Emergency): void {
  const { calledAt } = night.ledger.trace(emergency)
  const early = (night.card(emergency)?.updates ?? []).find(
    ({ at, text }) => /\bis paging\b/.test(text) && (calledAt === undefined || at < calledAt),
  )
  night.check(
    'the card never says that somebody is paged before it is so',
    early === undefined,
    `"${night.reading.plain(early?.text ?? '')}" was shown too early`,
  )
}

export const aSecondMessage: Scene = {
  at: '02:11',
  title: 'Support sees it too: the same emergency, no second page',
  play: async (night) => {
    const first = night.emergency(0)
    const ts = night.say('dana', 'Support here: 312 tickets in ten minutes, people get the same push over and over')
    const reply = await night.untilReply(
      ts,
      'the second message is told which emergency it was added to',
      /was added to emergency/,
    )
    night.tell.shows(night.reading.plain(reply.text), { label: 'Mayday:' })
    await night.until(
      'whoever was called finds the second message in PagerDuty',
      () => notesOf(night, first).some((note) => note.includes('312 tickets')),
      { seen: () => `the incident has ${notesOf(night, first).length} notes` },
    )
    checkOnePage(night)
    night.tell.seen('Still one incident in PagerDuty; the new words are on it as a note')
    night.tell.seen('Were it another emergency, the button under that reply would page again')
    const buttons = night.reading.pressables(reply).map((one) => one.action)
    night.check('the reply offers to page again', buttons.includes('incident.page_again'), buttons.join(', '))
  },
}

function notesOf(night: Night, emergency: Emergency): readonly string[] {
  const { incidentId } = night.ledger.trace(emergency)
  const incident = night.pagerduty.incidents().find((one) => one.id === incidentId)
  return incident?.notes.map((note) => note.content) ?? []
}

/** PagerDuty's own count: one incident for each emergency so far, whatever was delivered how often. */
export function checkOnePage(night: Night): void {
  const { lost, doubled } = night.ledger.audit()
  const seen = `${lost.length} without a page, ${doubled.length} pages too many`
  night.check('one page for each emergency', lost.length === 0 && doubled.length === 0, seen)
}

const REDELIVERIES = 5

export const redelivered: Scene = {
  at: '02:12',
  title: 'Slack delivers the first message five more times',
  play: async (night) => {
    const { slack, pagerduty } = night
    const { ts, key } = night.emergency(0)
    const deliveries = () => slack.deliveries.filter((one) => isMessage(one.payload, ts) && one.outcome === 'acked')
    const payload = deliveries()[0]?.payload
    const before = deliveries().length
    const triggers = () => pagerduty.events().filter((one) => one.dedup_key === key).length
    const triggersBefore = triggers()
    // Slack repeats an event with its id, and sometimes sends one message under several ids.
    for (let i = 0; i < REDELIVERIES; i += 1) {
      const eventId = i < 3 ? {} : { event_id: `Ev0AGAIN${i}` }
      slack.emitRaw({ payload: { ...asObject(payload), ...eventId }, retry_attempt: i + 1, retry_reason: 'timeout' })
    }
    await night.until('Mayday acknowledges all five deliveries', () => deliveries().length === before + REDELIVERIES, {
      seen: () => `${deliveries().length - before} acknowledged`,
    })
    await night.idle(300)
    checkOnePage(night)
    night.check(
      'none of them reaches PagerDuty',
      triggers() === triggersBefore,
      `${triggers() - triggersBefore} more triggers`,
    )
    night.tell.seen('Acknowledged five times, three under the same event id and two under others: still one page')
  },
}

function isMessage(payload: unknown, ts: string): boolean {
  const event = asObject(asObject(payload)['event'])
  return event['type'] === 'message' && event['ts'] === ts && event['subtype'] === undefined
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}

export const acknowledged: Scene = {
  at: '02:13',
  title: 'Alex presses Acknowledge',
  play: async (night) => {
    const { tell, people, ledger } = night
    const emergency = night.emergency(0)
    const card = await night.untilCard(emergency, 'the card is in the thread', /Emergency/)
    tell.acts(people.robin.name, 'presses Resolve (a guest from an agency)')
    await night.press('robin', card, 'incident.resolve')
    const refusal = await night.untilWhisper('robin', 'the guest is refused, with the reason', /^Nothing was done/)
    tell.shows(refusal, { label: 'only for Robin:' })
    tell.acts(people.alex.name, 'presses Acknowledge, in Slack')
    const pressedAt = night.clock.now()
    await night.press('alex', card, 'incident.ack')
    const trace = () => ledger.trace(emergency)
    await night.until(
      'PagerDuty credits Alex with the acknowledgement',
      () => trace().acknowledgedBy === people.alex.name,
      { seen: () => `it is acknowledged by ${trace().acknowledgedBy ?? 'nobody'}` },
    )
    const took = span((trace().acknowledgedAt ?? 0) - pressedAt)
    tell.seen(`PagerDuty stops calling ${took} after the press and credits Alex Rivera, not a bot`)
    await night.untilCard(
      emergency,
      'the card says who is on it, here and in PagerDuty',
      /Alex Rivera is on it\..*Alex Rivera acknowledged incident \d+ in PagerDuty/,
    )
    tell.shows(night.cardText(emergency), { label: 'card:' })
  },
}
