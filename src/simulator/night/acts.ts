import type { SimMessage } from '../slack/types.js'
import { NightError } from './error.js'
import type { Emergency, Ledger } from './ledger.js'
import type { Narrator } from './narrator.js'
import type { Proof } from './proof.js'
import type { Reading } from './reading.js'
import type { Role, Stage } from './stage.js'
import type { Watch } from './watch.js'

/** Everything that a scene is played with. */
export interface Night extends Stage, Acts, Watch {
  readonly tell: Narrator
  readonly ledger: Ledger
  readonly reading: Reading
  readonly proof: Proof
}

/** What people do in #emergency, and what they find there. */
export interface Acts {
  /** Posts what has to page by itself. */
  declare(by: Role, text: string): Emergency
  say(by: Role, text: string): string
  /** Types a slash command, and waits for the answer that only they see; gives its text. */
  types(by: Role, command: string, expected: string, reads: RegExp): Promise<string>
  /** Presses what a message shows; Slack must have got its acknowledgement in time. */
  press(by: Role, message: SimMessage, action: string, value?: string): Promise<void>
  /** The emergency of this place in the story, counted from 0. */
  emergency(index: number): Emergency
  thread(ts: string): readonly SimMessage[]
  card(emergency: Emergency): SimMessage | undefined
  cardText(emergency: Emergency): string
  /** Waits until the card reads like this, as a person sees it. */
  untilCard(emergency: Emergency, expected: string, reads: RegExp): Promise<SimMessage>
  /** Waits for a message of Mayday's in this thread. */
  untilReply(ts: string, expected: string, reads: RegExp, o?: { readonly withinMs?: number }): Promise<SimMessage>
  /** Waits for what only this person sees; gives the text. */
  untilWhisper(to: Role, expected: string, reads: RegExp): Promise<string>
}

export function createActs(night: Omit<Night, keyof Acts>): Acts {
  return { ...createDeeds(night), ...createFinds(night) }
}

type Deeds = Pick<Acts, 'declare' | 'say' | 'types' | 'press' | 'emergency'>

function createDeeds(night: Omit<Night, keyof Acts>): Deeds {
  const { slack, channel, people, ledger, clock, tell } = night
  const say = (by: Role, text: string): string => {
    tell.acts(people[by].name, text)
    const { ts } = slack.say({ channel, user: people[by].id, text })
    tell.pin(Number(ts) * 1000)
    return ts
  }
  return {
    say,
    declare(by, text) {
      const postedAt = clock.now()
      const ts = say(by, text)
      const emergency = { ts, key: `slack:${slack.teamId}:${channel}:${ts}`, by: people[by], text, postedAt }
      ledger.declare(emergency)
      return emergency
    },
    async types(by, command, expected, reads) {
      const { id: user, name } = people[by]
      tell.acts(name, `types ${command}`)
      const before = slack.ephemerals(user).length
      const [, word = '', text = ''] = /^(\S+) ?(.*)$/.exec(command) ?? []
      const result = await slack.slash({ user, channel, command: word, text })
      const seen = `Slack shows ${name} ${result.error ?? 'nothing'}`
      night.check(`Mayday acknowledges ${command} within Slack's three seconds`, result.acked, seen)
      const told = () => slack.ephemerals(user).slice(before)
      const texts = () => told().map((one) => night.reading.plain(one.text))
      return night.until(expected, () => texts().find((one) => reads.test(one)), {
        seen: () => `${name} was told: "${texts().at(-1) ?? 'nothing'}"`,
        withinMs: 20_000,
      })
    },
    async press(by, message, action, value) {
      const result = await slack.press({
        user: people[by].id,
        channel,
        ts: message.ts,
        actionId: action,
        ...(value === undefined ? {} : { value }),
      })
      const seen = `Slack shows ${people[by].name} ${result.error ?? 'nothing'}`
      night.check(`Mayday acknowledges the press of ${action} within Slack's three seconds`, result.acked, seen)
    },
    emergency(index) {
      const found = ledger.emergencies[index]
      if (found === undefined) throw new NightError(`the story has an emergency number ${index + 1}`, 'it has fewer')
      return found
    },
  }
}

function createFinds(night: Omit<Night, keyof Acts>): Omit<Acts, keyof Deeds> {
  const { slack, channel, people, reading } = night
  const thread = (ts: string): readonly SimMessage[] => slack.thread(channel, ts)
  const card = ({ ts }: Emergency) => thread(ts).find((m) => m.botId === slack.botId && /^Emergency #\d+:/.test(m.text))
  const cardText = (emergency: Emergency): string => reading.plain(card(emergency)?.text ?? '')
  return {
    thread,
    card,
    cardText,
    untilCard: (emergency, expected, reads) =>
      night.until(expected, () => (reads.test(cardText(emergency)) ? card(emergency) : undefined), {
        seen: () => (card(emergency) === undefined ? 'there is no card in the thread' : `"${cardText(emergency)}"`),
      }),
    untilReply: (ts, expected, reads, o = {}) =>
      night.until(expected, () => thread(ts).find((m) => m.ts !== ts && reads.test(reading.plain(m.text))), {
        ...o,
        seen: () => `the thread has ${thread(ts).length - 1} replies, none like that`,
      }),
    untilWhisper: (to, expected, reads) => {
      const told = () => slack.ephemerals(people[to].id).map((e) => reading.plain(e.text))
      return night.until(expected, () => told().findLast((text) => reads.test(text)), {
        seen: () => `${people[to].name} was told: "${told().at(-1) ?? 'nothing'}"`,
      })
    },
  }
}
