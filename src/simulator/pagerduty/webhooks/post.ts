import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { realClock } from '../clock.js'

export interface Post {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/**
 * why: PagerDuty waits five seconds for a 2xx. Real seconds: an answer takes real time to arrive, so a scenario that
 * moves its clock by an hour must not turn a healthy receiver into a silent one.
 */
const patienceMs = 5_000

/** Posts once, on a connection of its own. Calls back with the status, or 0 when there was no answer. Returns its end. */
export function post({ url, headers, body }: Post, done: (status: number) => void): () => void {
  const open = url.startsWith('https:') ? requestHttps : requestHttp
  let over = false
  const finish = (status: number) => {
    if (over) return
    over = true
    stopWaiting()
    done(status)
  }
  const outgoing = open(url, { method: 'POST', headers, agent: false }, (response) => {
    response.resume() // the answer's body is not read
    finish(response.statusCode ?? 0)
  })
  const stopWaiting = realClock.after(patienceMs, () => {
    finish(0)
    outgoing.destroy()
  })
  // Refused, reset, unknown host: all of them are no answer, and all of them are retried.
  outgoing.on('error', () => finish(0))
  outgoing.end(body)
  return () => {
    over = true
    stopWaiting()
    outgoing.destroy()
  }
}
