import { createArgs, type RawArgs } from './api/args.js'
import { type Content, contentOf } from './api/chat.js'
import type { Bus } from './bus.js'
import { createEphemerals, type Ephemerals } from './ephemerals.js'
import { ApiError } from './error.js'
import type { Posts } from './posts.js'
import type { SimEphemeral } from './types.js'
import type { MessageRecord, Workspace } from './workspace.js'

// why: a trigger_id opens one view within three seconds.
const TRIGGER_MS = 3_000
// why: a response_url takes five answers within thirty minutes.
const URL_USES = 5
const URL_MS = 30 * 60_000

interface Trigger {
  readonly user: string
  readonly at: number
  /** The view that the person acted in; `views.push` needs it. */
  readonly viewId?: string
  used: boolean
}

/** Where a `response_url` leads. */
export interface ResponseTarget {
  readonly user: string
  readonly channel: string
  /** What carried the pressed element: `replace_original` and `delete_original` mean it. */
  readonly message?: MessageRecord
  readonly ephemeralTs?: string
}

interface ResponseUrl {
  readonly target: ResponseTarget
  readonly at: number
  uses: number
}

export interface Interactivity {
  trigger(user: string, viewId?: string): string
  /** Uses a trigger up, or throws as Slack answers. */
  take(triggerId: string): { readonly user: string; readonly viewId?: string }
  readonly ephemerals: Ephemerals
  responseUrl(target: ResponseTarget): string
  /** A POST on a response_url: the answer's status and body. */
  respond(id: string, body: RawArgs): { readonly status: number; readonly body: string; readonly error?: string }
  /** Shows what an app said in its ack or on a response_url. */
  show(target: ResponseTarget, body: RawArgs, via: SimEphemeral['via']): void
}

function createTriggers(w: Workspace): Pick<Interactivity, 'trigger' | 'take'> {
  const triggers = new Map<string, Trigger>()
  return {
    trigger(user, viewId) {
      const id = `${Math.floor(w.now())}.${w.id('').slice(1)}.${w.teamId.toLowerCase()}`
      triggers.set(id, { user, at: w.now(), used: false, ...(viewId === undefined ? {} : { viewId }) })
      return id
    },
    take(id) {
      const found = triggers.get(id)
      if (found === undefined) throw new ApiError('invalid_trigger_id')
      if (found.used) throw new ApiError('exchanged_trigger_id')
      if (w.now() - found.at > TRIGGER_MS) throw new ApiError('expired_trigger_id')
      found.used = true
      return found
    },
  }
}

interface Deps {
  readonly workspace: Workspace
  readonly bus: Bus
  readonly posts: Posts
  readonly origin: () => string
}

/** Shows what an app said where it belongs: in place, to everybody or to one person. */
function createShow({ workspace: w, posts }: Deps, ephemerals: Ephemerals): Interactivity['show'] {
  const remove = (target: ResponseTarget): void => {
    if (target.ephemeralTs !== undefined) ephemerals.remove(target.ephemeralTs)
    else if (target.message !== undefined) posts.remove(target.message)
  }
  const replace = (target: ResponseTarget, content: Content): void => {
    if (target.ephemeralTs !== undefined) ephemerals.change(target.ephemeralTs, content)
    else if (target.message !== undefined)
      posts.change(target.message, { ...content, blocks: content.blocks ?? [] }, w.botUserId)
  }
  return (target, raw, via) => {
    const args = createArgs(raw)
    if (args.flag('delete_original')) return remove(target)
    const content = contentOf(args, posts.appText)
    if (args.flag('replace_original')) return replace(target, content)
    const threadTs = args.maybe('thread_ts')
    const thread = threadTs === undefined ? {} : { threadTs }
    if (args.maybe('response_type') === 'in_channel')
      posts.post({ channel: w.channel(target.channel), user: w.botUserId, botId: w.botId, ...content, ...thread })
    else ephemerals.add({ user: target.user, channel: target.channel, via, ...content, ...thread })
  }
}

export function createInteractivity(deps: Deps): Interactivity {
  const { workspace: w } = deps
  const ephemerals = createEphemerals(w, deps.bus)
  const urls = new Map<string, ResponseUrl>()
  const show = createShow(deps, ephemerals)

  return {
    ...createTriggers(w),
    ephemerals,
    show,
    responseUrl(target) {
      const id = w.id('response-')
      urls.set(id, { target, at: w.now(), uses: 0 })
      return `${deps.origin()}/response/${id}`
    },
    respond(id, raw) {
      const no = (status: number, error: string) => ({ status, error, body: JSON.stringify({ ok: false, error }) })
      const url = urls.get(id)
      if (url === undefined) return no(404, 'invalid_url')
      if (url.uses >= URL_USES) return no(404, 'used_url')
      if (w.now() - url.at > URL_MS) return no(404, 'expired_url')
      url.uses += 1
      try {
        show(url.target, raw, 'response_url')
      } catch (error) {
        if (error instanceof ApiError) return no(400, error.code)
        throw error
      }
      return { status: 200, body: 'ok' }
    },
  }
}
