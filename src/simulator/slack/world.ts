import type { Bus } from './bus.js'
import type { Events } from './events.js'
import type { Interactivity } from './interactivity.js'
import type { Posts } from './posts.js'
import type { Uploads } from './uploads.js'
import type { Views } from './views.js'
import type { Workspace } from './workspace.js'

/** Everything that a Web API method can touch. */
export interface World {
  readonly workspace: Workspace
  readonly bus: Bus
  readonly events: Events
  readonly posts: Posts
  readonly views: Views
  readonly interactivity: Interactivity
  readonly uploads: Uploads
  readonly origin: () => string
  /** A fresh single-use WebSocket address; an ApiError code when Socket Mode is off. */
  readonly connect: () => string
}
