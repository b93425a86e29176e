import type { SimEvent } from './types.js'

export interface Bus {
  emit(kind: SimEvent['kind'], data: Readonly<Record<string, unknown>>): void
  on(listener: (e: SimEvent) => void): () => void
}

export function createBus(now: () => number): Bus {
  const listeners = new Set<(e: SimEvent) => void>()
  return {
    emit(kind, data) {
      const event: SimEvent = { ...data, kind, at: now() }
      for (const listener of [...listeners]) listener(event)
    },
    on(listener) {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
  }
}
