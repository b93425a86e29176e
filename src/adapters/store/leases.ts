import type { Leases } from '../../ports/leases.js'
import type { Q } from './db.js'
import { toMs } from './rows.js'

export function createLeases(q: Q): Leases {
  const { now } = q.dialect
  return {
    async take(name, owner, ms) {
      const rows = await q.weigh(
        'light',
        `insert into mayday_lease(name, owner, lease_until) values ($1, $2, ${now} + $3)
         on conflict(name) do update set owner = excluded.owner, lease_until = excluded.lease_until
           where mayday_lease.owner = excluded.owner or mayday_lease.lease_until <= ${now}
         returning name`,
        name,
        owner,
        toMs(ms),
      )
      return rows.length > 0
    },

    async release(name, owner) {
      await q.weigh('light', 'delete from mayday_lease where name = $1 and owner = $2', name, owner)
    },
  }
}
