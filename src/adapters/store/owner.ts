/**
 * Names of workers. A lease of a process that is known to be dead need not run out: on one machine that can be
 * known, so a bot that was restarted goes on at once.
 */
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import type { Db } from './db.js'
import { textOf } from './rows.js'

/** `host:pid:random`, never the same for two starts of a process. */
export function makeOwner(): string {
  return `${hostname()}:${process.pid}:${randomBytes(6).toString('hex')}`
}

/** Owners of the stores that this process has open. */
const here = new Set<string>()

export function enlist(owner: string): void {
  here.add(owner)
}
export function dismiss(owner: string): void {
  here.delete(owner)
}

/** Frees everything held by processes of this machine that no longer live. Safe to repeat. */
export async function releaseDeadOwners(db: Db): Promise<void> {
  await db.tx(async (q) => {
    const rows = await q.all(
      `select owner from mayday_page where owner is not null union select owner from mayday_fact where owner is not null
       union select owner from mayday_lease
       union select owner from mayday_inbox where owner is not null and finished_at is null`,
    )
    for (const owner of rows.map((row) => textOf(row, 'owner')).filter(isDead)) {
      await q.all('update mayday_page set owner = null, lease_until = null where owner = $1', owner)
      await q.all('update mayday_fact set owner = null, lease_until = null where owner = $1', owner)
      await q.all('delete from mayday_lease where owner = $1', owner)
      // Due for `reclaim` at once, whatever age it asks for.
      await q.all(
        'update mayday_inbox set owner = null, claimed_at = 0 where owner = $1 and finished_at is null',
        owner,
      )
    }
  })
}

function isDead(owner: string): boolean {
  const [, host, pid] = /^(.+):(\d+):[^:]+$/.exec(owner) ?? []
  if (host !== hostname()) return false
  // A container gives every start the same process id: a name of ours that we do not know is an earlier start's.
  if (Number(pid) === process.pid) return !here.has(owner)
  try {
    process.kill(Number(pid), 0)
    return false
  } catch (error) {
    // Anything else, such as "not permitted", comes from a process that lives.
    return error instanceof Error && 'code' in error && error.code === 'ESRCH'
  }
}
