import { isFollowed, type Page, type PageId } from '../../incidents/incident.js'
import type { Pages } from '../../ports.js'
import { bug, type Q, type Value } from './db.js'
import { first, numberOf, pageOf, textOf, toMs, toText } from './rows.js'

export function createPages(q: Q): Pages {
  return { ...createRecords(q), ...createQueue(q) }
}

function createRecords(q: Q): Omit<Pages, 'claimDue' | 'release'> {
  const one = async (where: string, ...params: Value[]) =>
    first(await q.all(`select value from mayday_page where ${where}`, ...params), pageOf)
  const many = async (where: string, ...params: Value[]) =>
    (await q.all(`select value from mayday_page where ${where} order by seq`, ...params)).map(pageOf)

  return {
    create: (page, nextAt) =>
      q.together(async (t) => {
        const added = await t.all(
          `insert into mayday_page(id, incident_id, dedup_key, pager_id, is_followed, requested_at, next_at, value)
           values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing returning id`,
          ...columnsOf(page, nextAt),
        )
        if (added.length > 0) return true
        const known = await t.all('select id from mayday_page where dedup_key = $1', page.dedupKey)
        // To answer "exists already" here would lose a page for good.
        if (known.length === 0) throw bug(`Page id ${page.id} was given to two different pages.`)
        return false
      }),

    get: (id) => one('id = $1', id),
    byDedupKey: (dedupKey) => one('dedup_key = $1', dedupKey),
    byPagerId: (id) => one('pager_id = $1 order by seq desc limit 1', id),

    async take(id) {
      if (!q.inTransaction) throw bug('A page can be taken inside a transaction only.')
      return one(`id = $1 ${q.dialect.forUpdate}`, id)
    },

    async save(page, nextAt) {
      const rows = await q.all(
        `update mayday_page set incident_id = $2, dedup_key = $3, pager_id = $4, is_followed = $5, requested_at = $6,
           next_at = $7, value = $8 where id = $1 returning id`,
        ...columnsOf(page, nextAt),
      )
      if (rows.length === 0) throw bug(`Page ${page.id} was saved before it was created.`)
    },

    ofIncident: (incident) => many('incident_id = $1', incident),
    followed: () => many('is_followed = 1'),

    async requestedSince(at) {
      const rows = await q.all('select count(*) as n from mayday_page where requested_at >= $1', toMs(at))
      return first(rows, (row) => numberOf(row, 'n')) ?? 0
    },
  }
}

function createQueue(q: Q): Pick<Pages, 'claimDue' | 'release'> {
  const { now, skipLocked } = q.dialect
  return {
    // When a page is due is told by the caller's clock, whether a lease still holds by the database's: replicas whose
    // clocks differ must agree on who works.
    async claimDue(at, owner, leaseMs, limit) {
      const rows = await q.weigh(
        'light',
        `with due as (select id from mayday_page where next_at is not null and next_at <= $1
           and coalesce(lease_until, 0) <= ${now} order by next_at, seq limit $2 ${skipLocked})
         update mayday_page set owner = $3, lease_until = ${now} + $4 where id in (select id from due)
         returning id, next_at, seq`,
        toMs(at),
        limit,
        owner,
        toMs(leaseMs),
      )
      return [...rows]
        .sort((a, b) => numberOf(a, 'next_at') - numberOf(b, 'next_at') || numberOf(a, 'seq') - numberOf(b, 'seq'))
        .map((row) => textOf(row, 'id') as PageId)
    },

    async release(id, owner) {
      const rows = await q.weigh(
        'light',
        'update mayday_page set owner = null, lease_until = null where id = $1 and owner = $2 returning id',
        id,
        owner,
      )
      return rows.length > 0
    },
  }
}

function columnsOf(page: Page, nextAt: number | null): readonly Value[] {
  return [
    page.id,
    page.incidentId,
    page.dedupKey,
    page.pager?.id ?? null,
    isFollowed(page) ? 1 : 0,
    toMs(page.requestedAt),
    nextAt === null ? null : toMs(nextAt),
    toText(page),
  ]
}
