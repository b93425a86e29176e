import type { PurgeRow, Purges } from '../../ports/purges.js'
import { bug, type Q, type Row } from './db.js'
import { first, numberOf, recordOf, toText } from './rows.js'

export function createPurges(q: Q): Purges {
  return {
    create: (target, value) =>
      q.together(async (t) => {
        const [row] = await t.all(`update mayday_counter set n = n + 1 where name = 'purge' returning n`)
        if (!row) throw bug('The counter of purges is gone.')
        const id = numberOf(row, 'n')
        await t.all(
          'insert into mayday_purge(id, target, is_active, value) values ($1, $2, 0, $3)',
          id,
          target,
          toText(value),
        )
        return id
      }),

    get: async (id) => first(await q.all('select id, value from mayday_purge where id = $1', id), rowOf),

    async take(id) {
      if (!q.inTransaction) throw bug('A purge can be taken inside a transaction only.')
      return first(await q.all(`select id, value from mayday_purge where id = $1 ${q.dialect.forUpdate}`, id), rowOf)
    },

    async save(id, active, value) {
      const rows = await q.all(
        'update mayday_purge set is_active = $2, value = $3 where id = $1 returning id',
        id,
        active ? 1 : 0,
        toText(value),
      )
      if (rows.length === 0) throw bug(`Purge ${id} was saved before it was created.`)
    },

    active: async () => (await q.all('select id, value from mayday_purge where is_active = 1 order by id')).map(rowOf),

    recent: async (limit) =>
      (await q.all('select id, value from mayday_purge order by id desc limit $1', limit)).map(rowOf),
  }
}

function rowOf(row: Row): PurgeRow {
  return { id: numberOf(row, 'id'), value: recordOf(row) }
}
