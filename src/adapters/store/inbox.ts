import type { Inbox } from '../../ports.js'
import type { Q, Row } from './db.js'
import { recordOf, textOf, toMs, toText } from './rows.js'

/** why: Slack redelivers an event for up to 24 h; forgetting a message sooner would page twice. */
const SHORTEST_MEMORY_MS = 25 * 60 * 60 * 1000

export function createInbox(q: Q, owner: string): Inbox {
  const { now, skipLocked } = q.dialect
  return {
    async claim(key, event) {
      const added = await q.weigh(
        'urgent',
        `insert into mayday_inbox(key, value, owner, claimed_at) values ($1, $2, $3, ${now})
         on conflict(key) do nothing returning key`,
        key,
        toText(event),
        owner,
      )
      if (added.length > 0) return 'new'
      const open = await q.all('select key from mayday_inbox where key = $1 and finished_at is null', key)
      return open.length > 0 ? 'open' : 'finished'
    },

    async finish(key) {
      await q.weigh('light', `update mayday_inbox set finished_at = ${now} where key = $1 and finished_at is null`, key)
    },

    async reclaim(olderThanMs, limit) {
      const rows = await q.all(
        `with stale as (select key from mayday_inbox where finished_at is null and claimed_at <= ${now} - $1
           order by claimed_at limit $2 ${skipLocked})
         update mayday_inbox set claimed_at = ${now}, owner = $3 where key in (select key from stale)
         returning key, value`,
        toMs(olderThanMs),
        limit,
        owner,
      )
      return rows.map((row: Row) => ({ key: textOf(row, 'key'), event: recordOf(row) }))
    },

    async sweep(olderThanMs) {
      const rows = await q.all(
        `delete from mayday_inbox where finished_at is not null and finished_at < ${now} - $1 returning key`,
        toMs(Math.max(olderThanMs, SHORTEST_MEMORY_MS)),
      )
      return rows.length
    },
  }
}
