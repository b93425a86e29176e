/** Numbers that look random and are the same for the same seed (mulberry32, public domain). */
export interface Random {
  /** 0 up to, not including, 1. */
  next(): number
  below(limit: number): number
  hex(digits: number): string
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0
  function word(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  return {
    next: () => word() / 2 ** 32,
    below: (limit) => Math.floor((word() / 2 ** 32) * limit),
    hex(digits) {
      let text = ''
      while (text.length < digits) text += word().toString(16).padStart(8, '0')
      return text.slice(0, digits)
    },
  }
}
