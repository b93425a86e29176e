/** What a night breaks: the bot itself, and PagerDuty. */
import type { Night } from '../night/acts.js'
import type { Emergency } from '../night/ledger.js'
import { span } from '../night/narrator.js'
import { calledByPagerDuty, checkOnePage, checkTruth } from './paging.js'
import type { Scene } from './scenario.js'

const MINUTE_MS = 60_000

export const killed: Scene = {
  at: '02:31',
  title: 'The machine dies under Mayday, and somebody writes while it is down',
  play: async (night) => {
    const { tell, bot, people } = night
    tell.acts('The machine', `kill -9 on the bot (process ${bot.pid()})`)
    await bot.kill()
    jump(night, 12, '02:43')
    const emergency = night.declare('dana', 'Checkout is broken: nobody can pay since the deploy')
    await night.idle(300)
    const heard = night.thread(emergency.ts).length > 1 || night.ledger.trace(emergency).acceptedAt !== undefined
    night.check('a dead bot hears nothing', !heard, 'somebody answered')
    jump(night, 14, '02:57')
    tell.acts('The machine', 'is back')
    const readyMs = await bot.start({ aheadMs: night.clock.skipped() })
    tell.seen(`Mayday is ready ${span(readyMs)} after its start and reads what was written since it died`)
    await night.until('the message is found and paged', () => night.ledger.trace(emergency).acceptedAt, {
      seen: () => 'PagerDuty has no page for it',
    })
    tell.seen('It pages: more than ten minutes after the last word on the first emergency, this is one of its own')
    await calledByPagerDuty(night, emergency, people.alex.name)
    await night.untilCard(emergency, 'the card says how late it is, and why', /Mayday read it only 14 min later/)
    tell.seen('Nobody is left to guess why it came so late:')
    tell.shows(night.cardText(emergency), { label: 'card:' })
    checkOnePage(night)
    tell.seen('Nothing from before the crash was paged a second time')
    await takenByPhone(night, emergency)
  },
}

/** Time that passes while the bot is down: for Slack and PagerDuty now, for the bot when it is started again. */
function jump(night: Night, minutes: number, to: string): void {
  // Nothing may be pending in PagerDuty that these minutes would have let run out.
  const waiting = night.pagerduty.incidents().filter((one) => one.status === 'triggered').length
  night.check('nobody is being called at this moment', waiting === 0, `${waiting} incidents wait for somebody`)
  night.clock.skip(minutes * MINUTE_MS)
  night.tell.at(to)
  night.tell.note(`The clock of the replay jumps ${minutes} minutes, for Slack, PagerDuty and the bot alike.`)
}

/** Kim takes it on the phone; Slack learns of it by PagerDuty's signed webhook. */
async function takenByPhone(night: Night, emergency: Emergency): Promise<void> {
  const { tell, people, pagerduty, onCall } = night
  tell.acts(people.kim.name, 'takes it over in PagerDuty, on the phone')
  pagerduty.acknowledge(night.ledger.trace(emergency).incidentId ?? '', onCall.kim)
  const pressedAt = night.clock.now()
  await night.untilCard(emergency, 'Slack says who took it in PagerDuty', /Kim Osei \(in PagerDuty\) is on it/)
  tell.seen(`The thread says so ${span(night.clock.now() - pressedAt)} later`)
}

export const pagerDutyDown: Scene = {
  at: '03:05',
  title: 'PagerDuty itself is down, and there is one more emergency',
  play: async (night) => {
    const { tell, pagerduty, clock, people, head } = night
    pagerduty.outage(true)
    const emergency = night.declare('sam', 'The API answers 503 to everybody')
    const alarm = await night.until(
      'the channel is told that nobody is known to have been paged',
      () => loud(night, emergency, /Nobody (has|is known to have) been paged\b/),
      { seen: () => `"${night.cardText(emergency)}"` },
    )
    tell.seen(`${span(clock.now() - emergency.postedAt)} after the post, in the thread and in the channel:`)
    tell.shows(alarm)
    const wanted = ['415 555 0101', '415 555 0102', head.phone]
    const missing = wanted.filter((number) => !alarm.replace(/[^\d\n]/g, '').includes(number.replace(/\D/g, '')))
    night.check(
      'everybody who can be called is named with a number',
      missing.length === 0,
      `without ${missing.join(', ')}`,
    )
    night.check('no call was claimed', night.ledger.trace(emergency).calledAt === undefined, 'somebody was called')
    pagerduty.outage(false)
    const backAt = clock.now()
    tell.acts('PagerDuty', 'is back')
    await night.until(`PagerDuty calls ${people.alex.name}`, () => night.ledger.trace(emergency).calledAt, {
      withinMs: 15_000,
      seen: () => 'it has called nobody',
    })
    tell.seen(`The page gets through ${span(clock.now() - backAt)} later, without anybody's doing`)
    const through = await night.untilReply(
      emergency.ts,
      'the thread says that the page got through',
      /got through after all/,
    )
    tell.shows(night.reading.plain(through.text), { label: 'Mayday:' })
    await night.untilCard(emergency, 'the card says that PagerDuty is paging Alex', /is paging Alex Rivera/)
    checkTruth(night, emergency)
    checkOnePage(night)
  },
}

/** A reply that the whole channel sees. */
function loud(night: Night, emergency: Emergency, reads: RegExp): string | undefined {
  const texts = night
    .thread(emergency.ts)
    .filter((message) => message.subtype === 'thread_broadcast')
    .map((message) => night.reading.plain(message.text))
  return texts.find((text) => reads.test(text))
}

export const droppedSilently: Scene = {
  at: '03:25',
  title: 'PagerDuty says 202 and then does nothing',
  play: async (night) => {
    const { tell, pagerduty, clock, people } = night
    pagerduty.dropSilently(true)
    const emergency = night.declare('dana', 'Nobody can log in')
    await night.until('PagerDuty accepts the event', () => night.ledger.trace(emergency).acceptedAt, {
      seen: () => 'no 202',
    })
    tell.seen('202 Accepted, and no incident')
    const alarm = await night.until(
      'the channel is told that nobody is known to have been paged',
      () => loud(night, emergency, /Nobody is known to have been paged/),
      { seen: () => `"${night.cardText(emergency)}"` },
    )
    tell.seen(`${span(clock.now() - emergency.postedAt)} after the post, in the thread and in the channel:`)
    tell.shows(alarm)
    await night.until(
      `PagerDuty calls ${people.alex.name} all the same`,
      () => night.ledger.trace(emergency).calledAt,
      {
        withinMs: 15_000,
        seen: () => 'it has called nobody',
      },
    )
    tell.seen(`Mayday went another way, by PagerDuty's REST API: ${people.alex.name} is being called`)
    await night.untilReply(emergency.ts, 'the thread says that the page got through', /got through after all/)
    pagerduty.dropSilently(false)
    checkTruth(night, emergency)
    checkOnePage(night)
  },
}
