/** "Did you mean": the closest of a few names. Pure. */

/**
 * The candidate with the smallest edit distance, where at most a third of the longer word differs; undefined when
 * nothing is close, because a far-fetched suggestion sends people the wrong way. Ties go to the first candidate.
 */
export function nearest(said: string, candidates: readonly string[]): string | undefined {
  const wanted = said.toLowerCase()
  let best: string | undefined
  let least = Number.POSITIVE_INFINITY
  for (const candidate of candidates) {
    const far = distance(wanted, candidate.toLowerCase())
    if (far < least && far <= Math.max(1, Math.floor(Math.max(wanted.length, candidate.length) / 3))) {
      best = candidate
      least = far
    }
  }
  return best
}

/** Edit distance in which two swapped neighbours are one edit (optimal string alignment): "hreoku" is 1 from "heroku". */
export function distance(a: string, b: string): number {
  let before: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      let cost = Math.min(at(above, column) + 1, at(current, column - 1) + 1, at(above, column - 1) + (same ? 0 : 1))
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      if (swapped) cost = Math.min(cost, at(before, column - 2) + 1)
      current.push(cost)
    }
    before = above
    above = current
  }
  return at(above, b.length)
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? 0
}
