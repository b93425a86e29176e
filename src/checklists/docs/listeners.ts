/** Buttons of documents on their way into the room. */
import type { App } from '@slack/bolt'
import { z } from 'zod'
import type { IncidentId } from '../../incidents/incident.js'
import type { Log } from '../../ports.js'
import { type OpenDeps, recordOpened } from './open.js'

const pressSchema = z.object({
  user: z.object({ id: z.string() }),
  actions: z.tuple([z.object({ action_ts: z.string(), value: z.string().regex(/^\d{1,9}:[a-z0-9]{1,12}$/) })]),
})

/** why: reading is for everybody who sees the thread; Slack opens the address whatever is answered here. */
export function registerDocs(app: App, deps: OpenDeps & { readonly log: Log }): void {
  app.action('docs.open', async ({ ack, body }) => {
    await ack()
    const { user, actions } = pressSchema.parse(body)
    const [{ action_ts: press, value }] = actions
    const [incident = '', doc = ''] = value.split(':')
    await recordOpened(deps, { incident: Number(incident) as IncidentId, doc, user: user.id, press }).catch(
      (error: unknown) => deps.log.error('the opening of a document could not be recorded', { incident, error }),
    )
  })
}
