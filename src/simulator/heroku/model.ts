import { HerokuSimulatorError } from './error.js'

export interface SimProcess {
  readonly type: string
  readonly quantity: number
  readonly size: string
}

export interface SimRelease {
  readonly id: string
  readonly version: number
  readonly description: string
  readonly slug: string
  readonly config: Readonly<Record<string, string>>
}

/** What a test gives an app to begin with. */
export interface AppSetup {
  readonly formation?: Readonly<Record<string, { readonly quantity: number; readonly size?: string }>>
  readonly config?: Readonly<Record<string, string>>
}

/** An app as it stands. */
export interface SimApp {
  readonly name: string
  readonly id: string
  readonly formation: ReadonlyMap<string, SimProcess>
  readonly config: Readonly<Record<string, string>>
  /** Oldest first. */
  readonly releases: readonly SimRelease[]
}

/** Names of dyno sizes that this fake knows (dev center: "Dyno Types"). */
const SIZES = ['Eco', 'Basic', 'Standard-1X', 'Standard-2X', 'Performance-M', 'Performance-L']

export function sizeNamed(text: string): string | undefined {
  return SIZES.find((size) => size.toLowerCase() === text.toLowerCase())
}

export interface Apps {
  add(name: string, setup: AppSetup): void
  find(nameOrId: string): SimApp | undefined
  /** Throws when there is none. */
  get(name: string): SimApp
  scale(name: string, process: SimProcess): void
  release(name: string, to: NextRelease): SimRelease
}

export interface NextRelease {
  readonly description: string
  /** Default: the slug that runs now. */
  readonly slug?: string
  readonly config: SimApp['config']
}

export function createApps(): Apps {
  const apps = new Map<string, SimApp>()
  const find = (nameOrId: string) => apps.get(nameOrId) ?? [...apps.values()].find((app) => app.id === nameOrId)
  const get = (name: string): SimApp => {
    const app = find(name)
    if (app === undefined) throw new HerokuSimulatorError(`The simulated Heroku has no app ${name}.`)
    return app
  }
  return {
    find,
    get,
    add(name, { formation = {}, config = {} }) {
      const processes = Object.entries(formation).map(
        ([type, { quantity, size = 'Standard-1X' }]) => [type, { type, quantity, size }] as const,
      )
      const first = { id: uuid(1, apps.size), version: 1, description: 'Deploy 1a2b3c4d', slug: 'slug-1', config }
      apps.set(name, { name, id: uuid(0, apps.size), formation: new Map(processes), config, releases: [first] })
    },
    scale(name, process) {
      const app = get(name)
      apps.set(app.name, { ...app, formation: new Map([...app.formation, [process.type, process]]) })
    },
    // why: every change of config vars is a release, and so is a deploy; a rollback is a new release like an old one.
    release(name, to) {
      const app = get(name)
      const last = app.releases.at(-1)
      const version = (last?.version ?? 0) + 1
      const release = { id: uuid(version, Number(app.id.slice(-6))), version, slug: last?.slug ?? '', ...to }
      apps.set(app.name, { ...app, config: to.config, releases: [...app.releases, release] })
      return release
    },
  }
}

function uuid(kind: number, number: number): string {
  return `01234567-89ab-cdef-${String(kind).padStart(4, '0')}-${String(number).padStart(12, '0')}`
}
