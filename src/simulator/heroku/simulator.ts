/** A small Heroku: what containment switches ask of its Platform API v3, over HTTP on this machine. */
import { createApi, problem } from './api.js'
import { type AppSetup, createApps, type SimApp, type SimRelease } from './model.js'
import { openWire, type SimFault, type SimRequest } from './wire.js'

export interface HerokuSimulator {
  /** For HEROKU_API_URL. */
  readonly apiUrl: string
  readonly apiKey: string
  readonly readKey: string
  readonly requests: readonly SimRequest[]
  addApp(name: string, setup: AppSetup): void
  /** As it stands now. */
  app(name: string): SimApp
  /** Somebody scales by hand. */
  scale(name: string, type: string, quantity: number): void
  /** Somebody deploys or changes other config vars. */
  deploy(name: string, config?: Readonly<Record<string, string>>): SimRelease
  /** The next requests that fit are answered badly. */
  fail(fault: SimFault): void
  /** As `fail`, with an error body as Heroku writes them. */
  refuse(
    status: number,
    id: string,
    o?: Omit<SimFault, 'reply'> & { readonly message?: string; readonly headers?: Readonly<Record<string, string>> },
  ): void
  /** Takes all faults away. */
  mend(): void
  close(): Promise<void>
}

export async function createHerokuSimulator(): Promise<HerokuSimulator> {
  const apps = createApps()
  const apiKey = 'HRKU-00000000-1111-2222-3333-444444444444'
  const readKey = 'HRKU-read0000-1111-2222-3333-444444444444'
  const wire = await openWire(createApi({ apps, key: apiKey, readKey }))
  return {
    apiUrl: wire.origin,
    apiKey,
    readKey,
    requests: wire.requests,
    addApp: (name, setup) => void apps.add(name, setup),
    app: (name) => apps.get(name),
    scale: (name, type, quantity) => {
      const process = apps.get(name).formation.get(type)
      if (process !== undefined) apps.scale(name, { ...process, quantity })
    },
    deploy: (name, config = {}) => {
      const app = apps.get(name)
      const slug = `slug-${app.releases.length + 1}`
      return apps.release(name, { description: 'Deploy 5e6f7a8b', slug, config: { ...app.config, ...config } })
    },
    fail: wire.fail,
    refuse: (status, id, { message = `Heroku says ${id}.`, headers = {}, ...fault } = {}) =>
      wire.fail({ ...fault, reply: { ...problem(status, id, message), headers } }),
    mend: wire.mend,
    close: wire.close,
  }
}
