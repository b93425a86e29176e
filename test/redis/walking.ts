/** Drives a target the way a purge does, without its pace. */
import type { KeyTarget, Removal, Restoration, Scope, Slice, What } from '../../src/ports/keys.js'

export const QUANTUM_MS = 0.5

export interface Walked {
  readonly found: number
  readonly kinds: Readonly<Record<string, number>>
  readonly frames: readonly Buffer[]
}

/** A whole walk; `visit` sees each slice before the next is asked for. */
export async function walkAll(
  target: KeyTarget,
  scope: Scope,
  what: What,
  visit: (slice: Slice) => Promise<void> | void = () => undefined,
): Promise<Walked> {
  const kinds: Record<string, number> = {}
  const frames: Buffer[] = []
  let found = 0
  let at: string | undefined
  do {
    const slice = await target.slice(scope, at, QUANTUM_MS, what)
    found += slice.found
    for (const [kind, times] of Object.entries(slice.kinds)) kinds[kind] = (kinds[kind] ?? 0) + times
    if (slice.frames.length > 0) frames.push(Buffer.from(slice.frames))
    await visit(slice)
    at = slice.next
  } while (at !== undefined)
  return { found, kinds, frames }
}

type Removed = Omit<Removal, 'consumed' | 'serverMs'>

export async function removeAll(target: KeyTarget, frames: Buffer): Promise<Removed> {
  const sum = { removed: 0, changed: 0, gone: 0, left: [] as Buffer[] }
  for (let rest = frames; rest.length > 0; ) {
    const part = await target.remove(rest, QUANTUM_MS)
    sum.removed += part.removed
    sum.changed += part.changed
    sum.gone += part.gone
    sum.left.push(...part.left)
    rest = rest.subarray(part.consumed)
  }
  return sum
}

export async function restoreAll(
  target: KeyTarget,
  frames: Buffer,
): Promise<Omit<Restoration, 'consumed' | 'serverMs'>> {
  const sum = { restored: 0, occupied: 0, failed: 0 }
  for (let rest = frames; rest.length > 0; ) {
    const part = await target.restore(rest, QUANTUM_MS)
    sum.restored += part.restored
    sum.occupied += part.occupied
    sum.failed += part.failed
    rest = rest.subarray(part.consumed)
  }
  return sum
}

/** Archives and removes slice by slice, as a purge does; `bare`: without an archive. */
export async function purgeAll(
  target: KeyTarget,
  scope: Scope,
  what: 'entries' | 'bare' = 'entries',
): Promise<Removed & { readonly archive: Buffer }> {
  const sum = { removed: 0, changed: 0, gone: 0, left: [] as Buffer[] }
  const { frames } = await walkAll(target, scope, what, async (slice) => {
    const part = await removeAll(target, slice.frames)
    sum.removed += part.removed
    sum.changed += part.changed
    sum.gone += part.gone
    sum.left.push(...part.left)
  })
  return { ...sum, archive: Buffer.concat(frames) }
}

/** Names in frames, as text with one character a byte. */
export function namesIn(frames: readonly Buffer[]): string[] {
  const names: string[] = []
  for (const part of frames) {
    for (let at = 0; at < part.length; ) {
      const nameEnd = at + 16 + part.readUInt32LE(at)
      names.push(part.toString('latin1', at + 16, nameEnd))
      at = nameEnd + part.readUInt32LE(at + 12)
    }
  }
  return names
}

/** Notifications by state, of every type and app. */
export async function statesOf(push: KeyTarget): Promise<Record<string, number>> {
  const { kinds } = await walkAll(push, await push.scope('all'), 'names')
  const states: Record<string, number> = {}
  for (const [kind, times] of Object.entries(kinds)) {
    const state = kind.split('/').at(-1) ?? ''
    states[state] = (states[state] ?? 0) + times
  }
  return states
}
