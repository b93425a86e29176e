/** Bolt as a router: the gate hands it payloads, it finds the listeners. It neither connects nor authorizes by itself. */
import { App, type AuthorizeResult, type Receiver } from '@slack/bolt'
import { MaydayError } from '../../errors.js'
import type { Log } from '../../ports.js'
import type { Identity } from './event.js'
import { bridgeLog, clientOptions } from './lanes.js'

export interface BoltOptions {
  readonly botToken: string
  readonly apiUrl: string
  readonly log: Log
  readonly identity: () => Identity | undefined
}

const noReceiver: Receiver = {
  init: () => undefined,
  start: () => Promise.resolve(),
  stop: () => Promise.resolve(),
}

/** An app without listeners yet. `init()` is due before the first payload and asks nobody. */
export function createBolt(options: BoltOptions): App {
  const app = new App({
    receiver: noReceiver,
    authorize: () => Promise.resolve(authorized(options)),
    // why: without it a bad token ends the process from inside the constructor.
    deferInitialization: true,
    // The gate drops what Mayday wrote itself; Bolt's own filter would also drop its alerts of other apps' bots.
    ignoreSelf: false,
    convoStore: false,
    logger: bridgeLog(options.log),
    clientOptions: clientOptions(options),
  })
  app.error((error) => {
    options.log.error('A listener failed', { codes: codesOf(error) })
    // The gate must know: what was not handled stays in the inbox.
    return Promise.reject(error)
  })
  return app
}

/** Answered from memory: a refused authorization would make Bolt drop the payload, and a call would delay a page. */
function authorized(options: BoltOptions): AuthorizeResult {
  const identity = options.identity()
  if (identity === undefined) return { botToken: options.botToken }
  const { botId, botUserId, teamId } = identity
  return { botToken: options.botToken, botId, botUserId, teamId }
}

/** Codes and names of an error and of those inside it; their messages may quote a Slack message. */
function codesOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [typeof error]
  if ('originals' in error && Array.isArray(error.originals)) return error.originals.flatMap(codesOf)
  if (error instanceof MaydayError) return [error.code]
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name
  const inner = 'original' in error ? error.original : error.cause
  return inner instanceof Error ? [code, ...codesOf(inner)] : [code]
}
