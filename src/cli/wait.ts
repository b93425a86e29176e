import { parseDuration } from '../config/duration.js'
import { MaydayError } from '../errors.js'

/** `--wait`, ms; `otherwise` without it. `USAGE`; `undone` completes "…; nobody was paged." */
export function waitOf(flag: string | boolean | undefined, otherwise: number, undone: string): number {
  if (flag === undefined) return otherwise
  const ms = parseDuration(String(flag))
  if (ms !== undefined && ms >= 1_000 && ms <= 900_000) return ms
  throw new MaydayError('USAGE', {
    what: `--wait ${String(flag)} is not a time from 1s to 15m; ${undone}.`,
    hint: 'For example: --wait 90s',
  })
}
