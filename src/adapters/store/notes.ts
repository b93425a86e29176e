import type { Notes } from '../../ports.js'
import type { Q } from './db.js'
import { first, textOf } from './rows.js'

export function createNotes(q: Q): Notes {
  return {
    get: async (name) =>
      first(await q.all('select value from mayday_note where name = $1', name), (row) => textOf(row, 'value')),

    async set(name, value) {
      await q.all(
        `insert into mayday_note(name, value) values ($1, $2)
         on conflict(name) do update set value = excluded.value`,
        name,
        value,
      )
    },
  }
}
