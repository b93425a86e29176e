/** What Heroku's refusals mean, and what a person does about them. */
import { z } from 'zod'
import { MaydayError } from '../../errors.js'

const said = z.object({ id: z.string().regex(/^[a-z_]{1,40}$/u), message: z.string().optional().catch(undefined) })

/** One answer that is no success. `loud` false: its message is not shown, because it could repeat a config var. */
export interface Refusal {
  readonly status: number
  readonly body: unknown
  readonly retryAfterMs: number | undefined
  readonly call: string
  readonly loud: boolean
}

/** `SWITCH_REFUSED` for what will not change by trying again, `SWITCH_UNAVAILABLE` for the rest. */
export function failureOf(refusal: Refusal): MaydayError {
  const { status, call, retryAfterMs } = refusal
  const reason = reasonOf(refusal)
  if (status === 429) {
    const wait = retryAfterMs === undefined ? 'a few minutes' : `${Math.ceil(retryAfterMs / 1000)} s`
    return new MaydayError('SWITCH_UNAVAILABLE', {
      what: `Heroku takes no more requests of this account for now (${reason}), so it did not do ${call}.`,
      hint: `Ask again in ${wait}, or use the Heroku dashboard.`,
      retry: true,
    })
  }
  if (status >= 500) {
    return new MaydayError('SWITCH_UNAVAILABLE', {
      what: `Heroku answered ${call} with ${reason}.`,
      hint: 'See status.heroku.com; ask again, or use the Heroku dashboard.',
      retry: true,
    })
  }
  return new MaydayError('SWITCH_REFUSED', { what: `Heroku refused ${call}: ${reason}.`, hint: hintOf(status) })
}

function reasonOf({ status, body, loud }: Refusal): string {
  const parsed = said.safeParse(body)
  if (!parsed.success) return `HTTP ${status}`
  const { id, message } = parsed.data
  const words = loud && message !== undefined ? `: ${message.slice(0, 200).replace(/[.\s]+$/u, '')}` : ''
  return `HTTP ${status} ${id}${words}`
}

// why: the meaning of each status is from "Error Responses" of the Platform API Reference.
function hintOf(status: number): string {
  if (status === 401) return 'The API key is wrong or has expired: make a new one and set it in the environment.'
  if (status === 402) return 'The Heroku account must settle its billing first.'
  if (status === 403)
    return 'The API key may not do this: it needs write access to the app (write-protected for config vars).'
  if (status === 404) return 'Look at the names under switches in mayday.yml; the app or process type is not there.'
  if (status === 409) return 'Something else is being done to this app at the moment. Ask again in a minute.'
  return 'Do it in the Heroku dashboard, and look at the names under switches in mayday.yml.'
}

/** No answer at all. `because`: without addresses and keys. */
export function lost(call: string, because: string): MaydayError {
  return new MaydayError('SWITCH_UNAVAILABLE', {
    what: `Heroku did not answer ${call} (${because}).`,
    hint: 'See status.heroku.com; ask again, or use the Heroku dashboard.',
    retry: true,
  })
}
