/** Numbers and names as people read them at 2 am. Pure. */
import { span } from '../mrkdwn.js'
import type { Estimate, Layout } from '../ports/keys.js'

/** 1200000 as "1,200,000". */
export function count(n: number): string {
  return Math.round(n)
    .toString()
    .replace(/\B(?=(\d{3})+$)/gu, ',')
}

/** "1 key", "2 keys"; jobs for Sidekiq. */
export function entries(n: number, layout: Layout): string {
  const noun = layout === 'sidekiq' ? 'job' : layout === 'rpush' ? 'notification' : 'key'
  return `${count(n)} ${noun}${n === 1 ? '' : 's'}`
}

/** "about 1,170,000 (± 67,000)", or the number alone when it is exact. */
export function about({ about: n, margin }: Estimate): string {
  return margin === 0 ? count(n) : `about ${count(rounded(n, margin))} (± ${count(rounded(margin, margin))})`
}

/** No digits behind the margin's second. */
function rounded(n: number, margin: number): number {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, margin))) - 1)
  return Math.round(n / step) * step
}

/** "1.2 GiB". */
export function bytes(n: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let size = n
  let unit = 0
  while (size >= 1023.5 && unit < units.length - 1) {
    size /= 1024
    unit += 1
  }
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`
}

/** "12 %", "less than 1 %". */
export function percent(share: number): string {
  const whole = Math.round(share * 100)
  return whole === 0 && share > 0 ? 'less than 1 %' : `${whole} %`
}

/** "240,000 a second". */
export function rate(perSecond: number): string {
  return `${count(perSecond)} a second`
}

/** "0.42 ms". */
export function millis(ms: number): string {
  return `${ms < 10 ? Number(ms.toFixed(2)) : Math.round(ms)} ms`
}

/** As `span`, but tells tenths of short times. */
export function duration(ms: number): string {
  return ms < 10_000 ? `${Number((Math.max(0, ms) / 1000).toFixed(1))} s` : span(ms)
}

/** Who takes aside what arrives: a running `mayday`, the terminal `here`, or nobody until this command is given. */
type Keeper = 'mayday' | 'here' | (string & {})

/** What a hold does and does not, once it is there. `again`: what ends it. */
export function heldWords(
  target: string,
  held: number,
  again: string,
  { by }: { readonly by: Keeper } = { by: 'mayday' },
): string {
  const aside = `Delivery of ${target} is on hold: ${count(held)} wait aside. ${keeping(by)}`
  return `${aside} ${again} lets everything go on.`
}

function keeping(by: Keeper): string {
  const hand = 'and the batch that it has in hand, still goes out'
  switch (by) {
    case 'mayday':
      return `What is created from now on is taken aside too, several times a second, as long as Mayday runs; what Rpush claims in between, ${hand}.`
    case 'here':
      return `What is created from now on is taken aside from here, several times a second, until Ctrl-C; what Rpush claims in between, ${hand}.`
    default:
      return `What is created from now on is sent: no running Mayday was seen to take it aside. To do that from here, and stay: ${by}. The batch that Rpush has in hand still goes out.`
  }
}

/** The end of staying beside a hold. */
export function keptWords(
  target: string,
  arrived: number,
  again: string,
  { isHeld, kept }: { readonly isHeld: boolean; readonly kept: boolean },
): string {
  const came = `${count(arrived)} came and were taken aside.`
  if (!isHeld) return `Delivery of ${target} is not on hold any more: somebody released it. ${came}`
  const from = kept ? 'A running Mayday goes on with that.' : 'What is created from now on is sent.'
  return `${came} ${from} Delivery of what waits aside is still on hold; ${again} lets everything go on.`
}

/** What a release found. */
export function releasedWords(
  target: string,
  { released, arrived }: { readonly released: number; readonly arrived: number },
): string {
  return `Delivery of ${target} goes on: ${count(released)} that were on hold and ${count(arrived)} that came meanwhile are sent from now on.`
}

/** A hold that lasts. `target`, `since`, `by` and `again` as the reader knows them. */
export function stillHeldWords(
  { arrived }: { readonly arrived: number },
  target: string,
  since: string,
  by: string,
  again: string,
): string {
  return `Delivery of ${target} is on hold since ${since}, by ${by}; ${count(arrived)} came since and were taken aside. ${again} lets it go on.`
}
