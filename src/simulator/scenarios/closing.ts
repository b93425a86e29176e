/** Every emergency is closed, by whichever way people like. */
import type { Night } from '../night/acts.js'
import type { Emergency } from '../night/ledger.js'
import type { Role } from '../night/stage.js'
import type { Scene } from './scenario.js'

export const closedInThreeWays: Scene = {
  at: '03:10',
  title: 'It is over: closed in Slack, in PagerDuty and by a command',
  play: async (night) => {
    const { tell, people, pagerduty, onCall } = night
    const [first, second, third] = [night.emergency(0), night.emergency(1), night.emergency(2)]
    await resolveFirst(night, first)
    tell.acts(people.kim.name, 'resolves the second one in PagerDuty')
    pagerduty.resolve(night.ledger.trace(second).incidentId ?? '', onCall.kim)
    await closed(night, second, people.kim.name)
    const number = /^Emergency #(\d+)/.exec(night.cardText(third))?.[1] ?? ''
    for (const [word, told] of [
      ['ack', /You are on it/],
      ['resolve', /Closed/],
    ] as const) {
      tell.acts(people.kim.name, `types /mayday ${word} ${number}`)
      await night.slack.slash({
        user: people.kim.id,
        channel: night.channel,
        command: '/mayday',
        text: `${word} ${number}`,
      })
      await night.untilWhisper('kim', `/mayday ${word} ${number} is done`, told)
      if (word === 'ack') await acknowledgedBy(night, third, people.kim.name)
    }
    await closed(night, third, people.kim.name)
    tell.seen('All three are over in Slack and in PagerDuty, and each card names who closed it')
  },
}

export const closedInSlack: Scene = {
  at: '02:31',
  title: 'It is over',
  play: (night) => resolveFirst(night, night.emergency(0)),
}

async function resolveFirst(night: Night, first: Emergency): Promise<void> {
  const { tell, people } = night
  tell.acts(people.alex.name, 'presses Resolve on the first card')
  await pressResolve(night, 'alex', first)
  const open = await night.untilReply(first.ts, 'the thread names the required steps that are open', /still open/)
  const [sentence = '', ...steps] = night.reading.plain(open.text).split('\n')
  tell.shows(`${sentence} ${steps.slice(0, 2).join(' ')} … (${steps.length - 1} in all)`, { label: 'Mayday:' })
}

export const allResolved: Scene = {
  at: '03:30',
  title: 'It is over',
  play: async (night) => {
    for (const emergency of night.ledger.emergencies) {
      const card = await night.untilCard(emergency, 'the card is there', /^Emergency/)
      await night.press('alex', card, 'incident.ack')
      await acknowledgedBy(night, emergency, night.people.alex.name)
      await pressResolve(night, 'alex', emergency)
    }
    night.tell.seen('All of them acknowledged and resolved in Slack, and so in PagerDuty')
  },
}

async function pressResolve(night: Night, by: Role, emergency: Emergency): Promise<void> {
  const card = await night.untilCard(emergency, 'the card is there', /^Emergency/)
  await night.press(by, card, 'incident.resolve')
  await closed(night, emergency, night.people[by].name)
}

/** Nobody is called any more, and the card says whose doing it was. */
async function closed(night: Night, emergency: Emergency, by: string): Promise<void> {
  await night.until('PagerDuty shows it as resolved', () => night.ledger.trace(emergency).resolvedAt, {
    seen: () => 'it is open',
  })
  await night.untilCard(
    emergency,
    `the card says that ${by} closed it`,
    new RegExp(`^Emergency #\\d+: resolved by ${by}`),
  )
}

async function acknowledgedBy(night: Night, emergency: Emergency, by: string): Promise<void> {
  const trace = () => night.ledger.trace(emergency)
  await night.until(`PagerDuty credits ${by} with the acknowledgement`, () => trace().acknowledgedBy === by, {
    seen: () => `it is acknowledged by ${trace().acknowledgedBy ?? 'nobody'}`,
  })
}
