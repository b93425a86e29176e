/** Percentile by nearest rank of unsorted values; NaN of none. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN
}

/** At most three digits that mean something. */
export function rounded(value: number): number {
  return Number(value.toPrecision(3))
}
