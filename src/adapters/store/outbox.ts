import type { Outbox, OutboxRow } from '../../ports/outbox.js'
import type { Posting } from '../../ports.js'
import type { Q, Row } from './db.js'
import { first, numberOf, postingOf, textOf, toMs, toText } from './rows.js'

/**
 * Which version of a posting was last handed to the sender, by key. Shared by all transactions of one process. It
 * keeps a refusal of old content from giving up new content that was put in the meantime and never tried.
 */
export type Handed = Map<string, number>

/** A reply waits until the message above it has a timestamp; when that was given up, the sender decides. */
const DUE = `o.is_unsent = 1 and o.next_at <= $1 and (o.under is null or exists (
  select 1 from mayday_outbox p where p.key = o.under and (p.ts is not null or p.next_at is null)))`

export function createOutbox(q: Q, handed: Handed): Outbox {
  return {
    put: (posting) => put(q, posting),

    async dueChannels(now) {
      const rows = await q.all(
        `select o.channel, max(o.is_urgent) as urgency, min(o.seq) as age from mayday_outbox o where ${DUE}
         group by o.channel order by urgency desc, age`,
        toMs(now),
      )
      return rows.map((row) => textOf(row, 'channel'))
    },

    async pending(channel, now, limit) {
      const rows = await q.all(
        `select o.value, o.version, o.ts, o.attempts, o.maybe_posted from mayday_outbox o
         where ${DUE} and o.channel = $2 order by o.is_urgent desc, o.seq limit $3`,
        toMs(now),
        channel,
        limit,
      )
      const found = rows.map(rowOf)
      for (const { posting, version } of found) handed.set(posting.key, version)
      return found
    },

    async sent(key, version, ts) {
      await q.all(
        `update mayday_outbox set ts = $3, attempts = 0, maybe_posted = 0, next_at = 0, because = null,
           is_unsent = case when version = $2 then 0 else is_unsent end where key = $1`,
        key,
        version,
        ts,
      )
      handed.delete(key)
    },

    failed: (key, nextAt, because, maybePosted) => failed(q, handed, key, nextAt, because, maybePosted),

    tsOf: async (key) =>
      first(await q.all('select ts from mayday_outbox where key = $1 and ts is not null', key), (row) =>
        textOf(row, 'ts'),
      ),

    async depth() {
      const rows = await q.all('select count(*) as n from mayday_outbox where is_unsent = 1 and next_at is not null')
      return first(rows, (row) => numberOf(row, 'n')) ?? 0
    },
  }
}

/**
 * The same content again is no news, except after it was given up: then somebody wants it tried anew. `next_at` 0 is
 * "at once" on everybody's clock.
 */
async function put(q: Q, posting: Posting): Promise<void> {
  const { key, channel, thread, urgent = false } = posting
  const same = 'mayday_outbox.value = excluded.value'
  const waiting = `${same} and mayday_outbox.next_at is not null`
  await q.all(
    `insert into mayday_outbox(key, channel, under, is_urgent, version, is_unsent, attempts, maybe_posted, next_at, value)
     values ($1, $2, $3, $4, 1, 1, 0, 0, 0, $5)
     on conflict(key) do update set
       version = case when ${same} then mayday_outbox.version else mayday_outbox.version + 1 end,
       is_unsent = case when ${same} then mayday_outbox.is_unsent else 1 end,
       attempts = case when ${waiting} then mayday_outbox.attempts else 0 end,
       because = case when ${waiting} then mayday_outbox.because end,
       next_at = case when ${waiting} then mayday_outbox.next_at else 0 end,
       channel = excluded.channel, under = excluded.under, is_urgent = excluded.is_urgent, value = excluded.value`,
    key,
    channel,
    thread && 'under' in thread ? thread.under : null,
    urgent ? 1 : 0,
    toText(posting),
  )
}

async function failed(
  q: Q,
  handed: Handed,
  key: string,
  nextAt: number | null,
  because: string,
  maybePosted: boolean,
): Promise<void> {
  const mark = 'attempts = attempts + 1, because = $2, maybe_posted = $3'
  const params = [key, because, maybePosted ? 1 : 0] as const
  if (nextAt !== null) {
    await q.all(`update mayday_outbox set ${mark}, next_at = $4 where key = $1`, ...params, toMs(nextAt))
  } else {
    await q.all(
      `update mayday_outbox set ${mark}, next_at = case when version = coalesce($4, version) then null else 0 end
       where key = $1`,
      ...params,
      handed.get(key) ?? null,
    )
    handed.delete(key)
  }
}

function rowOf(row: Row): OutboxRow {
  const ts = row['ts']
  return {
    posting: postingOf(row),
    version: numberOf(row, 'version'),
    ...(typeof ts === 'string' ? { ts } : {}),
    attempts: numberOf(row, 'attempts'),
    maybePosted: numberOf(row, 'maybe_posted') === 1,
  }
}
