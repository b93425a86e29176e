import type { Runs } from '../../ports.js'
import { bug, type Q } from './db.js'
import { first, recordOf, toText } from './rows.js'

export function createRuns(q: Q): Runs {
  return {
    async create(id, incident, run) {
      const rows = await q.all(
        'insert into mayday_run(id, incident_id, value) values ($1, $2, $3) on conflict(id) do nothing returning id',
        id,
        incident,
        toText(run),
      )
      return rows.length > 0
    },

    async take(id) {
      if (!q.inTransaction) throw bug('A checklist run can be taken inside a transaction only.')
      return first(await q.all(`select value from mayday_run where id = $1 ${q.dialect.forUpdate}`, id), recordOf)
    },

    async save(id, run) {
      const rows = await q.all('update mayday_run set value = $2 where id = $1 returning id', id, toText(run))
      if (rows.length === 0) throw bug(`Checklist run ${id} was saved before it was created.`)
    },

    ofIncident: async (incident) =>
      (await q.all('select value from mayday_run where incident_id = $1 order by seq', incident)).map(recordOf),
  }
}
