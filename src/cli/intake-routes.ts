/** What answers on `/intake/…`: who may, what is read, and what the sender is told. */
import type { Post, PostAnswer } from '../adapters/http.js'
import { bearsSecret, isSignedByGitHub } from '../adapters/intake.js'
import type { App } from '../app.js'
import type { Config } from '../config/config.js'
import type { Taken } from '../intake/intake.js'
import type { Log } from '../ports.js'

const ANSWERS: Readonly<Record<Taken, PostAnswer>> = {
  taken: { status: 202, text: 'taken' },
  ignored: { status: 202, text: 'nothing follows from it' },
  again: { status: 503, text: 'the page is on its way without a record; send it again' },
  unreadable: { status: 400, text: 'this is not an alert that can be read' },
}

const REFUSED: PostAnswer = { status: 401, text: 'wrong or no secret' }

/** A way whose secret is not set is not there. */
export function intakeRoutes({ intake }: Pick<App, 'intake'>, config: Config, log: Log): ReadonlyMap<string, Post> {
  const { alertSecret, githubSecret } = config.intake
  const routes = new Map<string, Post>()
  const refused = (way: string): PostAnswer => {
    log.warn('a request with a wrong secret was refused', { way })
    return REFUSED
  }
  if (alertSecret !== undefined) {
    routes.set('/intake/alert', async (raw, headers) => {
      if (!bearsSecret(headers, alertSecret)) return refused('alert')
      const id = headers['x-honeycomb-webhook-delivery-id']
      const text = raw.toString('utf8')
      return ANSWERS[await intake.alert(parsed(text), { raw: text, id: typeof id === 'string' ? id : undefined })]
    })
  }
  if (githubSecret !== undefined) {
    routes.set('/intake/github', async (raw, headers) => {
      if (!isSignedByGitHub(raw, headers, githubSecret)) return refused('github')
      return ANSWERS[await intake.github(String(headers['x-github-event']), parsed(raw.toString('utf8')))]
    })
  }
  return routes
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
