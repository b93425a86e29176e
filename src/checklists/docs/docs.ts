/** The documents beside the checklists: whether their links live, and what is due for somebody's eyes. */
import { docIdOf, type Links, type StaleCounts } from '../../ports/docs.js'
import type { Log } from '../../ports.js'
import { knownLinks, LINKS_NOTE as NOTE, readKnown } from './known.js'
import { type Asked, isDue, type KnownLinks, type LinkState, learn, shownBy } from './links.js'
import { type RemindDeps, remind } from './remind.js'
import { stale } from './stale.js'
import { findFor, viewAll } from './view.js'
import { cutOff, docAnswers } from './words.js'

export interface DocsDeps extends RemindDeps {
  readonly links: Links
  /** False: `docs_check: off`, and no address is ever asked. */
  readonly checks: boolean
  readonly log: Log
  readonly owner: string
}

export interface Docs {
  /** Reminds of what is due for a review and asks the links that are due to be asked; one replica at a time does. */
  tick(): Promise<void>
  stale(): Promise<StaleCounts>
  /** What fits these words, or without any the list of all, in mrkdwn. */
  answer(words: string): Promise<string>
  /** Ends a check that is under way. */
  stop(): void
}

/** Longer than a whole round takes at worst. */
const LEASE_MS = 10 * 60_000
/** Asked one after the other, so never two at once of one host; the rest waits for the next round. */
const ROUND = 30

export function createDocs(deps: DocsDeps): Docs {
  const ending = new AbortController()
  return {
    tick: async () => {
      await remind(deps)
      if (deps.checks && deps.library.docs.length > 0) await checkLinks(deps, ending.signal)
    },
    stale: async () => stale(deps.library, await knownLinks(deps.store.notes), deps.clock.now()),
    answer: async (words) => {
      const known = await knownLinks(deps.store.notes)
      const now = deps.clock.now()
      return words === ''
        ? docAnswers.all(viewAll(deps.library, known, now))
        : docAnswers.found(words, findFor(deps.library, known, words, now))
    },
    stop: () => ending.abort(),
  }
}

async function checkLinks(deps: DocsDeps, ending: AbortSignal): Promise<void> {
  const { store, clock, owner, log } = deps
  const before = readKnown(await store.notes.get(NOTE))
  if (before === undefined) return store.notes.set(NOTE, JSON.stringify({ since: clock.now(), links: {} }))
  if (dueOf(deps, before).length === 0 || !(await store.leases.take(NOTE, owner, LEASE_MS))) return
  try {
    // Read again: another replica may have ended its round in between.
    const due = dueOf(deps, await knownLinks(store.notes)).slice(0, ROUND)
    const round: Asked[] = []
    for (const url of due) {
      const answer = await deps.links.ask(url, ending)
      if (ending.aborted) break
      round.push({ url, answer })
    }
    await note(deps, shownBy(round, cutOff))
    log.info('links of documents were checked', { asked: round.length })
  } finally {
    await store.leases.release(NOTE, owner)
  }
}

function dueOf({ library, clock }: DocsDeps, known: KnownLinks): readonly string[] {
  const now = clock.now()
  return library.docs.map((doc) => doc.url).filter((url) => isDue(known, docIdOf(url), now))
}

async function note({ store, clock, library }: DocsDeps, round: readonly Asked[]): Promise<void> {
  await store.tx(async (t) => {
    await t.lock(NOTE)
    const known = await knownLinks(t.notes)
    const answers = new Map(round.map(({ url, answer }) => [docIdOf(url), answer]))
    const links: Record<string, LinkState> = {}
    // Documents that are listed no more are forgotten with this.
    for (const id of library.docs.map((doc) => docIdOf(doc.url))) {
      const answer = answers.get(id)
      const state = answer === undefined ? known.links[id] : learn(known.links[id], answer, clock.now())
      if (state !== undefined) links[id] = state
    }
    await t.notes.set(NOTE, JSON.stringify({ ...known, links }))
  })
}
