/**
 * The tables, as a list that only grows. A migration adds; it never renames or removes what the release before it
 * reads, so that replicas of two releases can run side by side and a release can be taken back.
 */
import type { Db, Dialect } from './db.js'
import { numberOf } from './rows.js'

/** Rows keep the whole value as JSON in `value`; the other columns are what queries look for. Times are ms. */
const MIGRATIONS: readonly ((dialect: Dialect) => readonly string[])[] = [
  ({ counted }) => [
    `create table mayday_inbox(key text primary key, value text not null, owner text, claimed_at bigint not null,
       finished_at bigint)`,
    'create index mayday_inbox_open on mayday_inbox(claimed_at) where finished_at is null',
    'create index mayday_inbox_finished on mayday_inbox(finished_at) where finished_at is not null',

    'create table mayday_counter(name text primary key, n bigint not null)',
    `insert into mayday_counter(name, n) values ('incident', 0)`,
    'create table mayday_incident(id bigint primary key, is_open integer not null, value text not null)',
    'create index mayday_incident_open on mayday_incident(id) where is_open = 1',

    `create table mayday_page(seq ${counted}, id text not null unique, dedup_key text not null unique,
       incident_id bigint not null, pager_id text, is_followed integer not null, requested_at bigint not null,
       next_at bigint, owner text, lease_until bigint, value text not null)`,
    'create index mayday_page_incident on mayday_page(incident_id)',
    'create index mayday_page_due on mayday_page(next_at) where next_at is not null',
    'create index mayday_page_pager on mayday_page(pager_id) where pager_id is not null',
    'create index mayday_page_followed on mayday_page(seq) where is_followed = 1',
    'create index mayday_page_requested on mayday_page(requested_at)',

    `create table mayday_fact(seq ${counted}, id text not null unique, incident_id bigint not null,
       is_reacted integer not null, owner text, lease_until bigint, value text not null)`,
    'create index mayday_fact_incident on mayday_fact(incident_id, seq)',
    'create index mayday_fact_unreacted on mayday_fact(seq) where is_reacted = 0',
    'create index mayday_fact_held on mayday_fact(incident_id, lease_until) where is_reacted = 0',

    `create table mayday_run(seq ${counted}, id text not null unique, incident_id bigint not null, value text not null)`,
    'create index mayday_run_incident on mayday_run(incident_id)',

    `create table mayday_outbox(seq ${counted}, key text not null unique, channel text not null, under text,
       is_urgent integer not null, version bigint not null, is_unsent integer not null, ts text,
       attempts bigint not null, maybe_posted integer not null, next_at bigint, because text, value text not null)`,
    'create index mayday_outbox_unsent on mayday_outbox(channel, is_urgent, seq) where is_unsent = 1',

    'create table mayday_lease(name text primary key, owner text not null, lease_until bigint not null)',
    'create table mayday_note(name text primary key, value text not null)',
  ],
  () => [
    `insert into mayday_counter(name, n) values ('purge', 0)`,
    'create table mayday_purge(id bigint primary key, target text not null, is_active integer not null, value text not null)',
    'create index mayday_purge_active on mayday_purge(id) where is_active = 1',
  ],
]

/** Long enough to wait for another replica that is migrating a large store, ms. */
const MIGRATION_LIMIT_MS = 60_000

/** Brings the tables up to this release. Several replicas may call it at once; a newer store is left as it is. */
export async function migrate(db: Db): Promise<void> {
  await db.tx(async (q) => {
    if (q.dialect.lock) await q.all(q.dialect.lock, 'mayday migrations')
    await q.all('create table if not exists mayday_schema(n integer primary key)')
    const [row] = await q.all('select coalesce(max(n), 0) as n from mayday_schema')
    const done = row ? numberOf(row, 'n') : 0
    for (const [index, statements] of MIGRATIONS.entries()) {
      if (index < done) continue
      for (const statement of statements(q.dialect)) await q.all(statement)
      await q.all('insert into mayday_schema(n) values ($1)', index + 1)
    }
  }, MIGRATION_LIMIT_MS)
}
