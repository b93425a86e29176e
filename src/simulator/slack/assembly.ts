import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { Socket } from 'node:net'
import { createLimiter } from './api/tiers.js'
import { type Bus, createBus } from './bus.js'
import { type Courier, createCourier, type Transport } from './courier.js'
import { ApiError, SlackSimulatorError } from './error.js'
import { createEvents, type Events } from './events.js'
import { createFaults, type Faults } from './faults.js'
import { createHttpTransport } from './http-delivery.js'
import { createInteractivity } from './interactivity.js'
import { createPosts } from './posts.js'
import { ALL_SCOPES } from './scopes.js'
import { createWebServer, type WebServer } from './server.js'
import type { SlackSimulator, SlackSimulatorOptions } from './simulator.js'
import { snapshotOf } from './snapshot.js'
import { createSockets, type Sockets } from './sockets.js'
import { createUploads } from './uploads.js'
import { createViews } from './views.js'
import { createWorkspace, type Workspace } from './workspace.js'
import type { World } from './world.js'

// why: Slack redelivers an unacked event at once, after one minute and after five.
const DEFAULT_RETRY_DELAYS_MS: readonly number[] = [0, 60_000, 300_000]

type WireFaults = Pick<
  SlackSimulator,
  | 'fault'
  | 'refreshSockets'
  | 'dropSockets'
  | 'deafen'
  | 'outage'
  | 'tooManyWebsockets'
  | 'disableLink'
  | 'enableLink'
  | 'verifyUrl'
>
type Reading = Pick<
  SlackSimulator,
  'ephemerals' | 'uploads' | 'views' | 'homes' | 'calls' | 'unacked' | 'deliveries' | 'sockets' | 'on' | 'snapshot'
>

export interface Parts {
  readonly world: World
  readonly server: Server
  readonly web: WebServer
  readonly sockets: Sockets
  readonly courier: Courier
  readonly faults: Faults
  readonly http: ReturnType<typeof createHttpTransport> | undefined
  readonly net: Net
}

/** The TCP side: what an outage refuses and what has to be cut at the end. */
interface Net {
  outage: boolean
  linkDisabled: boolean
  origin: string
  readonly open: Set<Socket>
}

function createNet(server: Server): Net {
  const net: Net = { outage: false, linkDisabled: false, origin: '', open: new Set() }
  server.on('connection', (socket) => {
    if (net.outage) {
      socket.destroy()
      return
    }
    net.open.add(socket)
    socket.on('close', () => net.open.delete(socket))
  })
  return net
}

/** While Slack itself is away it delivers nothing. */
const refusing = (net: Net, inner: Transport): Transport => ({
  deliver: async (...call) => (net.outage ? { kind: 'connection_failed' } : await inner.deliver(...call)),
})

/** Objects that need each other (posts send events, events go through the courier) are tied together here. */
function createWorld(workspace: Workspace, bus: Bus, events: Events, net: Net, connect: () => string): World {
  const origin = (): string => net.origin
  const posts = createPosts(workspace, bus, events)
  return {
    workspace,
    bus,
    events,
    posts,
    views: createViews(workspace, bus),
    interactivity: createInteractivity({ workspace, bus, posts, origin }),
    uploads: createUploads(workspace),
    origin,
    connect,
  }
}

export function createParts(options: SlackSimulatorOptions): Parts {
  const now = options.now ?? Date.now
  const ackTimeoutMs = options.ackTimeoutMs ?? 3000
  const workspace = createWorkspace({ now, scopes: options.scopes ?? ALL_SCOPES })
  const bus = createBus(now)
  const server = createServer((req, res) => web.handle(req, res))
  const net = createNet(server)
  const { id, appId, signingSecret } = workspace
  const url = (): string => net.origin.replace(/^http/, 'ws')
  const sockets = createSockets({ bus, appId, now, ackTimeoutMs, url, id }, server)
  const to = options.delivery ?? 'socket'
  const http =
    to === 'socket' ? undefined : createHttpTransport({ eventsUrl: to.eventsUrl, signingSecret, now, ackTimeoutMs })
  const retryDelaysMs = options.retryDelaysMs ?? DEFAULT_RETRY_DELAYS_MS
  const transport = refusing(net, http ?? sockets.transport)
  const courier = createCourier({ bus, transport, now, id, retryDelaysMs, ackTimeoutMs })
  const events = createEvents(workspace, courier, options.subscriptions)
  const connect = (): string => {
    // With Socket Mode switched off an app token opens nothing. Which error Slack answers then is an assumption.
    if (net.linkDisabled) throw new ApiError('not_allowed_token_type')
    return sockets.ticket()
  }
  const world = createWorld(workspace, bus, events, net, connect)
  const faults = createFaults(bus)
  const limiter = options.limits === 'tiers' ? createLimiter(now) : undefined
  const web = createWebServer({ world, faults, limiter })
  return { world, server, web, sockets, courier, faults, http, net }
}

export function wireFaults({ net, sockets, faults, courier, http, world }: Parts): WireFaults {
  return {
    fault: (f) => faults.add(f),
    refreshSockets(o = {}) {
      sockets.refresh({ leaveTcpOpen: o.leaveTcpOpen ?? false, reason: o.reason ?? 'refresh_requested' })
    },
    dropSockets: () => sockets.drop(),
    deafen(on, o = {}) {
      courier.deafen(on)
      sockets.mute(on && o.pongs === false)
      world.bus.emit('fault', { fault: 'deafen', state: on ? 'on' : 'off' })
    },
    outage(on) {
      net.outage = on
      if (on) for (const socket of net.open) socket.destroy()
      world.bus.emit('fault', { fault: 'outage', state: on ? 'on' : 'off' })
    },
    tooManyWebsockets: (on) => sockets.tooMany(on),
    disableLink() {
      net.linkDisabled = true
      sockets.linkDisabled()
    },
    enableLink() {
      net.linkDisabled = false
    },
    verifyUrl: async () => {
      if (http === undefined) throw new SlackSimulatorError('There is no events URL: use delivery: { eventsUrl }.')
      return await http.verify(randomBytes(12).toString('hex'))
    },
  }
}

export function reading({ world, web, courier, sockets, faults }: Parts): Reading {
  return {
    ephemerals: (user) => world.interactivity.ephemerals.all(user),
    uploads: () => world.uploads.all(),
    views: (user) => world.views.all(user),
    get homes() {
      return world.views.homes
    },
    calls: (method) => web.calls.filter((c) => method === undefined || c.method === method),
    unacked: () => courier.unacked(),
    get deliveries() {
      return courier.deliveries
    },
    sockets: () => sockets.count(),
    on: (listener) => world.bus.on(listener),
    snapshot: () => snapshotOf(world, { sockets: sockets.count(), faults: faults.count(), courier }),
  }
}

export async function listen(server: Server, port: number): Promise<string> {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new SlackSimulatorError('The simulator got no TCP port.')
  return `http://127.0.0.1:${address.port}`
}

export async function stop({ net, web, sockets, courier, server }: Parts): Promise<void> {
  courier.close()
  web.close()
  sockets.close()
  const closed = once(server, 'close')
  server.close()
  for (const socket of net.open) socket.destroy()
  await closed
}
