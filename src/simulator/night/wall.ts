import type { NightClock } from './clock.js'

/** The clock on the wall of the story. */
export interface Wall {
  /** What it shows from now on, as `02:07`. */
  at(time: string): void
  /** What it showed at a moment of the night's clock. */
  time(ms: number): string
  /** Keeps what it shows now for this moment, which Slack will only give back in whole seconds. */
  pin(ms: number): void
}

export function createWall(clock: NightClock): Wall {
  const marks: { readonly real: number; readonly minutes: number }[] = []
  const pins = new Map<number, string>()
  const time = (ms: number): string => {
    const pinned = pins.get(ms)
    if (pinned !== undefined) return pinned
    // Of a whole second nobody knows when in it: then it is the scene that began in it, whose doing it mostly is.
    const latest = ms % 1_000 === 0 ? ms + 999 : ms
    const mark = marks.findLast((one) => one.real <= latest) ?? marks[0] ?? { real: ms, minutes: 0 }
    return face(mark.minutes + Math.max(0, Math.floor((ms - mark.real) / 60_000)))
  }
  return {
    at(told) {
      const [hours = 0, minutes = 0] = told.split(':').map(Number)
      marks.push({ real: clock.now(), minutes: hours * 60 + minutes })
    },
    time,
    pin(ms) {
      const second = Math.floor(ms / 1000) * 1000
      if (!pins.has(second)) pins.set(second, time(clock.now()))
    },
  }
}

function face(minutes: number): string {
  const two = (n: number) => String(n).padStart(2, '0')
  return `${two(Math.floor(minutes / 60) % 24)}:${two(minutes % 60)}`
}
