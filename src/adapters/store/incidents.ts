import { type Incident, type IncidentId, isOpen } from '../../incidents/incident.js'
import type { Incidents } from '../../ports.js'
import { bug, type Q, type Value } from './db.js'
import { first, incidentOf, numberOf, toText } from './rows.js'

export function createIncidents(q: Q): Incidents {
  return {
    create: (incident) =>
      q.together(async (t) => {
        // A row of its own and not "the highest plus one": two replicas would find the same highest.
        const [row] = await t.all(`update mayday_counter set n = n + 1 where name = 'incident' returning n`)
        if (!row) throw bug('The counter of incidents is gone.')
        const numbered: Incident = { ...incident, id: numberOf(row, 'n') as IncidentId }
        await t.all('insert into mayday_incident(id, is_open, value) values ($1, $2, $3)', ...columnsOf(numbered))
        return numbered
      }),

    get: async (id) => first(await q.all('select value from mayday_incident where id = $1', id), incidentOf),

    async take(id) {
      if (!q.inTransaction) throw bug('An incident can be taken inside a transaction only.')
      return first(
        await q.all(`select value from mayday_incident where id = $1 ${q.dialect.forUpdate}`, id),
        incidentOf,
      )
    },

    async save(incident) {
      const rows = await q.all(
        `update mayday_incident set is_open = $2, value = $3 where id = $1 returning id`,
        ...columnsOf(incident),
      )
      if (rows.length === 0) throw bug(`Incident ${incident.id} was saved before it was created.`)
    },

    open: async () =>
      (await q.all('select value from mayday_incident where is_open = 1 order by id desc')).map(incidentOf),

    recent: async (limit) =>
      (await q.all('select value from mayday_incident order by id desc limit $1', limit)).map(incidentOf),
  }
}

function columnsOf(incident: Incident): readonly Value[] {
  return [incident.id, isOpen(incident) ? 1 : 0, toText(incident)]
}
