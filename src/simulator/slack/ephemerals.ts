import type { Bus } from './bus.js'
import { contentOf, withIds } from './posts.js'
import type { SimContent, SimEphemeral } from './types.js'
import type { Workspace } from './workspace.js'

export interface EphemeralDraft {
  readonly user: string
  readonly channel: string
  readonly text: string
  readonly blocks?: readonly unknown[]
  readonly threadTs?: string
  readonly via: SimEphemeral['via']
}

export interface Ephemerals {
  /** Shows it to one person; returns its `ts`. */
  add(draft: EphemeralDraft): string
  find(user: string, channel: string, ts: string): SimEphemeral | undefined
  change(ts: string, content: { readonly text: string; readonly blocks?: readonly unknown[] }): void
  remove(ts: string): void
  all(user?: string): readonly SimEphemeral[]
}

export function createEphemerals(w: Workspace, bus: Bus): Ephemerals {
  const kept: SimEphemeral[] = []
  const replace = (ts: string, make: (old: SimEphemeral) => SimEphemeral): void => {
    const i = kept.findIndex((e) => e.ts === ts)
    const old = kept[i]
    if (old === undefined) return
    const fresh = make(old)
    kept[i] = fresh
    bus.emit('ephemeral', { ephemeral: fresh })
  }
  const named = (blocks: readonly unknown[] | undefined) =>
    blocks === undefined || blocks.length === 0 ? {} : { blocks: withIds(blocks, () => w.id('b').toLowerCase()) }
  return {
    add(draft) {
      const ts = w.nextTs()
      const shown = { ...draft, ...named(draft.blocks) }
      const updates: readonly SimContent[] = [contentOf(w.now(), shown)]
      const ephemeral: SimEphemeral = { ...shown, ts, deleted: false, updates }
      kept.push(ephemeral)
      bus.emit('ephemeral', { ephemeral })
      return ts
    },
    find: (user, channel, ts) =>
      kept.find((e) => e.user === user && e.channel === channel && e.ts === ts && !e.deleted),
    change(ts, content) {
      replace(ts, ({ blocks: _, ...old }) => {
        const shown = { text: content.text, ...named(content.blocks) }
        return { ...old, ...shown, updates: [...old.updates, contentOf(w.now(), shown)] }
      })
    },
    remove(ts) {
      replace(ts, (old) => ({ ...old, deleted: true }))
    },
    all: (user) => kept.filter((e) => user === undefined || e.user === user),
  }
}
