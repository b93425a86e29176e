import { chmodSync, mkdtempSync, rmSync, statfsSync } from 'node:fs'

const MEMORY = '/dev/shm'
/** Bytes. */
const ROOM = 2 ** 30

let dir: string | undefined

/**
 * Every store, archive and Redis of the tests lies in memory where there is room for it: each commit of the shipped
 * store is synced, and a disk takes longer for that than most tests for all the rest.
 */
export function setup(): void {
  if (roomIn(MEMORY) < ROOM) return
  dir = mkdtempSync(`${MEMORY}/mayday-tests-`)
  // Postgres runs under an account of its own and has to come through.
  chmodSync(dir, 0o755)
  process.env['TMPDIR'] = dir
}

export function teardown(): void {
  if (dir !== undefined) rmSync(dir, { recursive: true, force: true })
}

function roomIn(place: string): number {
  try {
    const { bavail, bsize } = statfsSync(place)
    return bavail * bsize
  } catch {
    return 0
  }
}
