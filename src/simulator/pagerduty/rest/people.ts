import { z } from 'zod'
import { ok, type Reply, refuse } from '../reply.js'
import { agentOf, parseBody, type RestCall } from './call.js'
import { withIncident } from './read-incidents.js'
import { iso, reference } from './reference.js'
import { note, responderIncident } from './render.js'

/** `POST /incidents/{id}/notes` */
export const createNote = (call: RestCall): Reply =>
  withIncident(call, (i) => {
    const parsed = parseBody(z.looseObject({ note: z.looseObject({ content: z.string().min(1) }) }), call.request)
    if ('refusal' in parsed) return parsed.refusal
    const added = call.lifecycle.annotate(i, call.requester?.id ?? '', parsed.body.note.content)
    return ok({ note: note(call.site, added) })
  })

const statusUpdate = z.looseObject({ message: z.string().min(1), subject: z.string().optional() })

/** `POST /incidents/{id}/status_updates` */
export const createStatusUpdate = (call: RestCall): Reply =>
  withIncident(call, (i) => {
    const { account } = call.site
    if (!account.abilities.has('stakeholder_status_updates') || call.requester === undefined) return missingAbility()
    const parsed = parseBody(statusUpdate, call.request)
    if ('refusal' in parsed) return parsed.refusal
    const id = account.id('P')
    const { message } = parsed.body
    call.lifecycle.announce(i, 'status_update_published', agentOf(call), { id, message })
    const { requester, site } = call
    const sender = reference(site, 'user', requester.id, requester.name)
    return ok({ status_update: { id, message, created_at: iso(account.clock.now()), sender } })
  })

const targetSchema = z.looseObject({
  responder_request_target: z.looseObject({
    id: z.string().min(1),
    type: z.enum(['user_reference', 'escalation_policy_reference']),
  }),
})

const requestSchema = z.looseObject({
  requester_id: z.string().min(1),
  message: z.string().min(1),
  responder_request_targets: z.array(targetSchema).min(1),
})

/** why: asking for more people is a paid ability; without it the account answers 402. */
const missingAbility = (): Reply => refuse(402, 2014, 'Missing Account Ability')

/** `POST /incidents/{id}/responder_requests` */
export const requestResponders = (call: RestCall): Reply =>
  withIncident(call, (i) => {
    const { account } = call.site
    if (!account.abilities.has('coordinated_responding')) return missingAbility()
    const parsed = parseBody(requestSchema, call.request)
    if ('refusal' in parsed) return parsed.refusal
    const { requester_id, message, responder_request_targets } = parsed.body
    const requester = account.users.get(requester_id)
    if (requester === undefined) return refuse(400, 1008, 'Requester User Not Found')
    const targets = responder_request_targets.map((t) => t.responder_request_target)
    const known = targets.every((t) => (t.type === 'user_reference' ? account.users : account.policies).has(t.id))
    if (!known) return refuse(400, 2001, 'Invalid Input Provided', ['A responder request target was not found'])
    const asked = targets.map((target) => {
      const ids = target.type === 'user_reference' ? [target.id] : (account.onCall(target.id)[0] ?? [])
      for (const id of ids) call.lifecycle.askFor(i, id, requester.id, message)
      return { target, ids }
    })
    return ok({ responder_request: shown(call, requester_id, message, asked, i.id) })
  })

function shown(
  call: RestCall,
  requesterId: string,
  message: string,
  asked: readonly {
    readonly target: { readonly id: string; readonly type: string }
    readonly ids: readonly string[]
  }[],
  incidentId: string,
) {
  const { site } = call
  const { account } = site
  const at = iso(account.clock.now())
  const about = responderIncident(site, account.user(requesterId), account.incident(incidentId))
  return {
    ...about,
    requested_at: at,
    message,
    responder_request_targets: asked.map(({ target, ids }) => ({
      responder_request_target: {
        type: target.type.replace('_reference', ''),
        id: target.id,
        incidents_responders: ids.map((id) => ({
          ...about,
          state: 'pending',
          user: reference(site, 'user', id, account.user(id).name),
          updated_at: at,
          message,
          requested_at: at,
        })),
      },
    })),
  }
}
