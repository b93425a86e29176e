/** Pages of SCAN, of which the next one may be on its way already. */
import { expectValue } from '../failure.js'
import type { Session } from '../session.js'
import { readSlice } from '../slices.js'
import { Packed, packNames } from '../wire.js'
import { PACK_KEYS } from './scripts.js'

export interface Page {
  readonly cursor: string
  /** The names, as arguments. */
  readonly keys: Packed
  readonly visited: number
  readonly serverMs: number
}

export interface Pages {
  at(session: Session, cursor: string, count: number): Promise<Page>
  /** Asks for a page that will be wanted. */
  ahead(session: Session, cursor: string, count: number): void
}

export function createPages(pattern: string): Pages {
  let next: { readonly session: Session; readonly cursor: string; readonly page: Promise<Page> } | undefined

  async function ask(session: Session, cursor: string, count: number): Promise<Page> {
    if (await session.scripting()) return pack(session, cursor, count)
    const { replies, serverMs } = await session.timed([['SCAN', cursor, 'MATCH', pattern, 'COUNT', count]])
    const reply = expectValue(replies[0], session.where)
    const [to, keys] = Array.isArray(reply) ? reply : ['0', []]
    const found = Array.isArray(keys) ? keys.filter((key) => Buffer.isBuffer(key)) : []
    return { cursor: String(to), keys: packNames(found), visited: count, serverMs }
  }

  async function pack(session: Session, cursor: string, count: number): Promise<Page> {
    const raw = readSlice(await session.run(PACK_KEYS, [], [cursor, pattern, count]))
    return { cursor: raw.cursor, keys: new Packed(raw.found, raw.frames), visited: count, serverMs: raw.serverMs }
  }

  return {
    at(session, cursor, count) {
      const here = next
      next = undefined
      // why: 0 begins another walk, which has to see what was born since this page was asked for.
      if (cursor !== '0' && here?.session === session && here.cursor === cursor) return here.page
      return ask(session, cursor, count)
    },
    ahead(session, cursor, count) {
      if (cursor === '0') return
      const page = ask(session, cursor, count)
      page.catch(() => undefined)
      next = { session, cursor, page }
    },
  }
}
