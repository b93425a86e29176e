/** What the application beside a purge reads and writes; seeded with the night, so that it adds nothing. */
export const FOREGROUND_KEYS = 1_000
export const FOREGROUND_VALUE = 'f'.repeat(100)
