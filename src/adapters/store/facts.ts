import type { Facts } from '../../ports.js'
import type { Q } from './db.js'
import { factOf, numberOf, toMs, toText } from './rows.js'

export function createFacts(q: Q): Facts {
  const { now, skipLocked, lock } = q.dialect
  return {
    async append(fact) {
      const rows = await q.all(
        `insert into mayday_fact(id, incident_id, is_reacted, value) values ($1, $2, 0, $3)
         on conflict(id) do nothing returning id`,
        fact.id,
        fact.incidentId,
        toText(fact),
      )
      return rows.length > 0
    },

    ofIncident: async (incident) =>
      (await q.all('select value from mayday_fact where incident_id = $1 order by seq', incident)).map(factOf),

    // A fact is kept back while an earlier claim on its incident lives, also the same owner's: were a later fact
    // handed out beside it, consequences could come out of order.
    claimUnreacted: (owner, leaseMs, limit) =>
      q.together(async (t) => {
        // Two claimers at once would not see each other's claims yet.
        if (lock) await t.all(lock, 'mayday facts')
        const rows = await t.all(
          `with due as (select f.id from mayday_fact f where f.is_reacted = 0 and not exists (
               select 1 from mayday_fact held where held.incident_id = f.incident_id and held.is_reacted = 0
                 and held.lease_until > ${now})
             order by f.seq limit $1 ${skipLocked})
           update mayday_fact set owner = $2, lease_until = ${now} + $3 where id in (select id from due)
           returning seq, value`,
          limit,
          owner,
          toMs(leaseMs),
        )
        return [...rows].sort((a, b) => numberOf(a, 'seq') - numberOf(b, 'seq')).map(factOf)
      }, 'light'),

    async reacted(id) {
      await q.weigh(
        'light',
        'update mayday_fact set is_reacted = 1, owner = null, lease_until = null where id = $1',
        id,
      )
    },
  }
}
