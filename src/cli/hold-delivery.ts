/** Delivery on hold from a terminal: what arrives is taken aside from here too, until a running Mayday does it or for as long as one stays. */
import { setTimeout as pause } from 'node:timers/promises'
import { describe, MaydayError } from '../errors.js'
import { line } from '../mrkdwn.js'
import { FIRST_MS } from '../purge/keeping.js'
import type { Asking, Purging } from '../purge/purge.js'
import { count, heldWords, keptWords } from '../purge/words.js'
import type { Call, Exit } from './io.js'

type Holder = Pick<Purging, 'hold' | 'keep' | 'isKept'>

/** As often as a running Mayday does it, ms. */
const EVERY_MS = 200

export interface HeldHere {
  readonly held: number
  /** A running Mayday has taken over. */
  readonly kept: boolean
}

/** Holds, and keeps the hold for the time in which every running Mayday notices. */
export async function holdHere(purging: Holder, target: string, asking: Asking): Promise<HeldHere> {
  const held = await purging.hold(target, asking)
  const began = performance.now()
  while (performance.now() - began < FIRST_MS) {
    if ((await purging.keep(target)) === undefined) break
    await pause(EVERY_MS)
  }
  return { held, kept: await purging.isKept(target) }
}

/** `mayday purge hold TARGET`, and with `--keep` until Ctrl-C or somebody's release. */
export async function holdFromHere(call: Call, purging: Holder, target: string, asking: Asking): Promise<Exit> {
  const { io, json, flags } = call
  if (flags['keep'] === true) return stay(call, purging, target, asking)
  const { held, kept } = await holdHere(purging, target, asking)
  const by = kept ? 'mayday' : `mayday purge hold ${target} --keep`
  io.out(
    json ? JSON.stringify({ target, held, kept }) : heldWords(target, held, `mayday purge release ${target}`, { by }),
  )
  return 0
}

async function stay({ io, json }: Call, purging: Holder, target: string, asking: Asking): Promise<Exit> {
  const held = await purging.hold(target, asking)
  const again = `mayday purge release ${target}`
  if (!json) io.out(heldWords(target, held, again, { by: 'here' }))
  const interrupt = onInterrupt()
  let arrived = 0
  let trouble = ''
  let isHeld = true
  while (isHeld && !interrupt.came()) {
    try {
      const taken = await purging.keep(target)
      isHeld = taken !== undefined
      arrived += taken ?? 0
      trouble = ''
      if (!json) io.progress?.(`${count(arrived)} came since and were taken aside. Ctrl-C ends this, not the hold.`)
    } catch (error) {
      // Told once; it goes on as soon as the server answers.
      if (!(error instanceof MaydayError) || !error.retry) throw error
      if (trouble === '') io.err(line(`What arrives now may be sent: ${describe(error)}`, 600))
      trouble = error.message
    }
    if (isHeld) await pause(EVERY_MS)
  }
  interrupt.forget()
  io.progress?.('')
  const kept = isHeld && (await purging.isKept(target).catch(() => false))
  if (json) io.out(JSON.stringify({ target, held, arrived, released: !isHeld, kept }))
  else io.out(keptWords(target, arrived, again, { isHeld, kept }))
  return 0
}

function onInterrupt(): { readonly came: () => boolean; readonly forget: () => void } {
  let hasCome = false
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  const note = (): void => {
    hasCome = true
  }
  for (const name of signals) process.once(name, note)
  return {
    came: () => hasCome,
    forget: () => {
      for (const name of signals) process.removeListener(name, note)
    },
  }
}
