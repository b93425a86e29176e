import type { Fact, Page } from '../../../src/incidents/incident.js'
import type { Store, Tables } from '../../../src/ports.js'

export interface PageStore {
  /** The store as one process sees it; after `kill` every call of it hangs for ever, as for a dead process. */
  connect(): { readonly store: Store; kill(): void }
  page(): Page
  facts(): readonly Fact[]
  nextAt(): number | null
}

/** A store for one page, which shows every page that is written to `saved`. */
export function createPageStore(
  first: Page,
  nextAt: number,
  now: () => number,
  saved: (before: Page, after: Page, nextAt: number | null) => void,
): PageStore {
  let page = first
  let due: number | null = nextAt
  let lease = { owner: '', until: 0 }
  const facts: Fact[] = []
  let line: Promise<void> = Promise.resolve()

  function connect() {
    let dead = false
    const alive = <A extends readonly unknown[], T>(work: (...args: A) => T) => {
      return (...args: A): Promise<T> => (dead ? new Promise<T>(() => {}) : Promise.resolve(work(...args)))
    }
    const tables: Pick<Tables, 'pages' | 'facts'> = {
      pages: {
        ...({} as Tables['pages']),
        get: alive(() => page),
        take: alive(() => page),
        followed: alive(() => [page]),
        save: alive((after: Page, at: number | null) => {
          const before = page
          page = after
          due = at
          saved(before, after, at)
        }),
        claimDue: alive((at: number, owner: string, leaseMs: number) => {
          if (due === null || due > at || (lease.until > now() && lease.owner !== owner)) return []
          lease = { owner, until: now() + leaseMs }
          return [page.id]
        }),
        release: alive((_id: unknown, owner: string) => {
          const held = lease.owner === owner
          if (held) lease = { owner: '', until: 0 }
          return held
        }),
      },
      facts: {
        ...({} as Tables['facts']),
        append: alive((fact: Fact) => {
          facts.push(fact)
          return true
        }),
      },
    }
    const all = { ...({} as Store), ...tables }
    const store: Store = {
      ...all,
      tx: (work) => {
        if (dead) return new Promise(() => {})
        const done = line.then(() => work(all))
        line = done.then(ignore, ignore)
        return done
      },
    }
    return {
      store,
      kill: () => {
        dead = true
      },
    }
  }
  return { connect, page: () => page, facts: () => facts, nextAt: () => due }
}

function ignore(): void {}
