/** "90s", "2m", "1.5h", "90d" as people write them. Pure. */

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Milliseconds of a duration such as `500ms`, `20s`, `2m`, `8h`, `90d`; undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/u.exec(text.trim())
  const unit = match?.[2] === undefined ? undefined : UNITS[match[2]]
  return unit === undefined ? undefined : Math.round(Number(match?.[1]) * unit)
}
