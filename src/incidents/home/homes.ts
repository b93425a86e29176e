/** Who has App Home open, as far as Slack tells, and that it shows them what is true now. */
import type { KnownBlock } from '@slack/types'
import { MaydayError } from '../../errors.js'
import type { Chat, Clock, Directory, Log, Person, Store } from '../../ports.js'
import { type Incident, rootKey } from '../incident.js'
import { mayRespond } from '../people.js'
import { type Around, homeBlocks, homeView, type OpenOne, plainBlocks } from './home.js'
import { homeWords as words } from './words.js'

export interface HomesDeps {
  readonly store: Store
  readonly chat: Pick<Chat, 'person' | 'publishHome'>
  readonly directory: Pick<Directory, 'known'>
  readonly clock: Clock
  readonly log: Log
  readonly teams: readonly { readonly name: string }[]
  readonly shadow: boolean
  readonly channel: () => string | undefined
  /** Address of a message; undefined until Slack has told its own. */
  readonly address: (channel: string, ts: string) => string | undefined
  /** What other rooms know; from the store alone. */
  readonly around: () => Promise<Around>
}

export interface Homes {
  /** Shows it to whoever has just opened it, and keeps it true for them. */
  opened(user: string): Promise<void>
  /** Shows what has changed to whoever has it open. */
  tick(): Promise<void>
}

interface Watcher {
  readonly openedAt: number
  readonly shownAt: number
  readonly shown: string
}

/** why: Slack tells when somebody opens it and never that they left; after this nobody looks at it any more, ms. */
const OPEN_MS = 3_600_000
/** why: `views.publish` is allowed about 100 times a minute (tier 4), for all people together. */
const WATCHERS_MAX = 12
const EVERY_MS = 10_000
/** More open emergencies than this are only counted. */
const READ_MAX = 15

export function createHomes(deps: HomesDeps): Homes {
  const watchers = new Map<string, Watcher>()

  async function show(user: string, openedAt: number, blocks: readonly KnownBlock[], shown: string): Promise<void> {
    const now = deps.clock.now()
    try {
      const refusal = await refusalOf(deps, user)
      await deps.chat.publishHome(
        user,
        homeView(refusal === undefined ? blocks : plainBlocks(refusal), now, refusal === undefined),
      )
      if (refusal !== undefined) watchers.delete(user)
      else watchers.set(user, { openedAt, shownAt: now, shown })
    } catch (error) {
      deps.log.warn('App Home could not be shown', { user, error })
      // What Slack refuses it refuses again; what it could not take now is tried again by the next tick.
      if (!(error instanceof MaydayError && error.retry)) watchers.delete(user)
    }
  }

  return {
    async opened(user) {
      const blocks = await read(deps).catch((error: unknown) => {
        deps.log.error('App Home could not be read from the store', { error })
        return plainBlocks(words.storeAway)
      })
      await show(user, deps.clock.now(), blocks, JSON.stringify(blocks))
      const latest = [...watchers].toSorted(([, a], [, b]) => b.openedAt - a.openedAt)
      for (const [late] of latest.slice(WATCHERS_MAX)) watchers.delete(late)
    },
    async tick() {
      const now = deps.clock.now()
      for (const [user, { openedAt }] of watchers) if (now - openedAt >= OPEN_MS) watchers.delete(user)
      const due = [...watchers].filter(([, { shownAt }]) => now - shownAt >= EVERY_MS)
      if (due.length === 0) return
      const blocks = await read(deps)
      const text = JSON.stringify(blocks)
      for (const [user, { openedAt, shown }] of due) if (shown !== text) await show(user, openedAt, blocks, text)
    },
  }
}

async function read(deps: HomesDeps): Promise<readonly KnownBlock[]> {
  const { store, directory, clock, teams, shadow } = deps
  const open = await store.incidents.open()
  const read = open.slice(0, READ_MAX)
  const rows = await Promise.all(
    read.map(async (incident): Promise<OpenOne> => {
      const pages = await store.pages.ofIncident(incident.id)
      return { incident, pages, link: await linkOf(deps, incident) }
    }),
  )
  const lists = await Promise.all([undefined, ...teams.map((one) => one.name)].map((team) => directory.known(team)))
  return homeBlocks({
    ...(await deps.around()),
    ...{ channel: deps.channel(), shadow, now: clock.now() },
    open: [...rows, ...open.slice(READ_MAX).map((incident) => ({ incident, pages: [] }))],
    onCall: lists.map((list, index) => {
      const team = index === 0 ? undefined : teams[index - 1]
      return { list, ...(team === undefined ? {} : { team: team.name }) }
    }),
  })
}

/** why: what was raised elsewhere has an address of its own; here one wants to get to its thread. */
async function linkOf({ store, address }: HomesDeps, incident: Incident): Promise<string | undefined> {
  const ts = incident.threadTs ?? (await store.outbox.tsOf(rootKey(incident.id)))
  return ts === undefined ? undefined : address(incident.channel, ts)
}

/** Undefined: the person may see it. why: a guest may post, and so page, and nothing else. */
async function refusalOf(deps: HomesDeps, user: string): Promise<string | undefined> {
  let person: Person | undefined
  try {
    person = await deps.chat.person(user)
  } catch (error) {
    deps.log.warn('Slack did not say who opened App Home', { user, error })
    return words.outsider(words.unknown)
  }
  const verdict = mayRespond(person)
  return verdict.allowed ? undefined : words.outsider(verdict.because)
}
