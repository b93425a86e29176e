import pg from 'pg'

const A_MINUTE = 60_000

/**
 * Moves the clock of a store in Postgres ahead by a minute for one dead process: what it held runs out at once. Others
 * keep theirs, as they do by renewing it.
 */
export async function outlive(databaseUrl: string, pid: number): Promise<void> {
  const client = new pg.Client(databaseUrl)
  await client.connect()
  try {
    const its = `owner like '%:${pid}:%'`
    await client.query(`
      update mayday_lease set lease_until = lease_until - ${A_MINUTE} where ${its};
      update mayday_page set lease_until = lease_until - ${A_MINUTE} where ${its};
      update mayday_fact set lease_until = lease_until - ${A_MINUTE} where ${its};
      update mayday_inbox set claimed_at = claimed_at - ${A_MINUTE} where ${its} and finished_at is null;`)
  } finally {
    await client.end()
  }
}
