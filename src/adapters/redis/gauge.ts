/**
 * How many items of a kind fit into a quantum of the server's time, learned from what earlier slices took. Pure but for
 * the one number it remembers.
 */
export interface Gauge {
  /** Items that take about `quantumMs`, at most `most` and at least `least` (one unless given). */
  fit(quantumMs: number, most: number, least?: number): number
  /** What a slice took. */
  took(ms: number, items: number): void
}

export function createGauge(usPerItemAtFirst: number): Gauge {
  let usPerItem = usPerItemAtFirst
  return {
    fit: (quantumMs, most, least = 1) => Math.max(least, Math.min(most, Math.floor((quantumMs * 1_000) / usPerItem))),
    took(ms, items) {
      if (items < 1) return
      // One slice that met a giant must not shrink all that follow, nor one empty slice blow them up.
      const seen = Math.min(Math.max((ms * 1_000) / items, usPerItem / 4), usPerItem * 4)
      usPerItem = Math.max(0.05, usPerItem * 0.8 + seen * 0.2)
    },
  }
}

/**
 * Fewest items of a slice by plain commands. Its time is taken in this process, where a busy processor looks like a slow
 * server; without a floor such a walk would shrink to one item a round trip.
 */
export const FEWEST = 20
