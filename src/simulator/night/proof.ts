import type { Picture } from '../keyspace/picture.js'
import type { Waited } from '../keyspace/visitors.js'

/** One purge or undo, as Mayday told it when it was done. */
export interface Figures {
  readonly what: string
  readonly entries: number
  readonly seconds: number
  /** As `3.5 MiB`; of a purge alone. */
  readonly archive?: string
  /** What the site waited for its own reads meanwhile. */
  readonly waited?: Waited
}

/** What the scenes around the Redis have measured and seen, for the end of the night. */
export interface Proof {
  /** The site's own reads while nothing else was going on. */
  idle?: Waited
  readonly done: Figures[]
  /** Before anything was removed. */
  before?: {
    readonly neighbours: Picture
    readonly notifications: Picture
    readonly all: number
    readonly lastId: number
  }
  /** After the undo. */
  undone?: Picture
  /** Ids of what people do want, queued after the preview. */
  wanted?: readonly number[]
  /** When everything was over. */
  after?: { readonly neighbours: Picture; readonly lastId: number }
  hold?: {
    /** Sent by Rpush until its queue was empty for it. */
    readonly sentBefore: number
    readonly looksBefore: number
    readonly since: number
  }
  released?: { readonly sentMeanwhile: number; readonly looks: number; readonly ms: number; readonly arrived: number }
  jobs?: { readonly kept: number; readonly queuedMeanwhile: number }
}

/** Entries a second; null where it took less than the tenth of a second that is told. */
export function rateOf({ entries, seconds }: Figures): number | null {
  return seconds === 0 ? null : Math.round(entries / seconds)
}

/** Of what Mayday says of a purge or an undo that is done; undefined for everything else. */
export function readFigures(text: string): Pick<Figures, 'entries' | 'seconds' | 'archive'> | undefined {
  const told =
    /is done: ([\d,]+) of [\d,]+ \w+ (?:removed|put back)(?: \(\d+ %\))?(?:.*?, archive ([\d.]+ \w+))?.*? in (?:(\d+) min|([\d.]+) s)\b/.exec(
      text,
    )
  if (told === null) return undefined
  const [, entries = '', archive, minutes, seconds] = told
  return {
    entries: Number(entries.replaceAll(',', '')),
    seconds: minutes === undefined ? Number(seconds) : Number(minutes) * 60,
    ...(archive === undefined ? {} : { archive }),
  }
}

/** 1200000 as "1,200,000". */
export function thousands(n: number): string {
  return String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** "0.21 ms". */
export function millis(ms: number): string {
  return `${ms.toFixed(2)} ms`
}
