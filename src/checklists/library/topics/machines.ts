/** What the logs and graphs of systems say, and how people tell of it. Pure. English; a second language is a second list. Adds to the topics of the other lists, and has some of its own. */
import type { Topic } from './topic.js'

/** By the same names as the other lists. */
export const MACHINES: Readonly<Record<string, Topic>> = {
  database: {
    names:
      'rds instance, hikari, hikaripool, sequelize, query planner, seq scan, sequential scan, index scan, ' +
      'idle in transaction, pgerror, exclusive lock, exclusivelock, accessexclusivelock, sharelock, ' +
      'clients already, connection bad, connectionbad, querycanceled, query canceled, could not serialize, ' +
      'serialization failure, waits for sharelock, obtain a connection, from the pool, pool timeout, ' +
      'no space left on device, read only transaction, shared buffers, deadlock detected, process waits, ' +
      'server closed the connection, terminating connection, starting up, not accepting connections, ' +
      'remaining slots, replica is behind, replica behind, standby behind, volume is full, out of space, ' +
      'seconds behind',
    alarms: '',
    hints: 'pool, slots, replica, gb, seq, scan, idle, queries, joins, writing, exhausted, behind',
  },
  migrations: {
    names:
      'activerecord migration, schema migration, schema version, rollback migration, db:migrate, rake db, ' +
      'undefinedcolumn, undefinedtable, duplicatecolumn, duplicate column, column already exists, ' +
      'relation already exists, pendingmigrationerror, pending migration error, concurrentmigrationerror, ' +
      'concurrent migration, does not exist column, create index, not null constraint, invalid index, ' +
      'accessexclusivelock, access exclusive lock, half way through',
    alarms: '',
    hints: 'columns, rename, renamed, halfway, release phase, relation, exist, constraint, tables, ddl, type',
  },
  backups: {
    names:
      'wal e, barman, pgbackrest, soft delete, rollback the data, restored, history of the table, rds snapshot, ' +
      'deleted the wrong, dropped the wrong, ran it on prod, ran on prod, on prod by mistake, ' +
      'thought it was staging, thought i was on staging, thought this was staging, not staging, have vanished, ' +
      'has vanished, all vanished, have disappeared, has disappeared, rows vanished, rows missing, ' +
      'records missing, records gone, records vanished, all their data, everything is gone, everything gone, ' +
      'all gone, is empty now, zero rows, 0 rows, rows left, rows affected, set to null, all null, ' +
      'cascade delete, on delete cascade, fat finger, wrong terminal, wrong window, ran the script, ' +
      'get them back, get it back, deleted half, deleted every',
    alarms: '',
    hints:
      'vanished, disappeared, staging, null, rows, erased, destroy, delete_all, affected, overnight, entries, ' +
      'listings, history, cascade, unwanted',
  },
  cdn: {
    names:
      'stylesheet, minified, hashed file, spa, service worker, react, vue, mime, mime type, cf ray, ray id, ' +
      'edge node, content delivery, assets host, html only, unminified, nextjs, uglified, refused to execute, ' +
      'refused to apply, strict mime, unexpected token, uncaught syntaxerror, uncaught typeerror, ' +
      'uncaught referenceerror, is not defined, failed to fetch dynamically, loading chunk, net err failed, ' +
      'err failed, web server is down, host error, like in the 90s, from the 90s, no styling, no style, ' +
      'no styles, no colours, no colors, without style, without styling, all text no, bare html, naked html, ' +
      'blue links, times new roman, no layout, nothing clickable, nothing is clickable, cant click, menu wont, ' +
      'skeleton, skeletons, comic sans',
    alarms: '',
    hints: 'font, console, app js, main js, fonts, colours, colors, naked, stretched, logo, menu, ray',
  },
  tls: {
    names:
      'sslv3, tlsv1, openssl, pkix, keytool, ca bundle, root ca, trust store, wildcard, ' +
      'subject alternative name, certificate has expired, certificateexpired, certificate verify, pkix path, ' +
      'sec error, err ssl, ssl protocol error, ssl routines, alert handshake, handshake failure, ' +
      'handshake failed, unknown authority, not yet valid, date invalid, authority invalid, local issuer, ' +
      'attackers might, your connection, connection not private, big red, no padlock, not after, notafter, ' +
      'wrong host certificate, proceed anyway, advanced proceed',
    alarms: '',
    hints: 'scary, chrome, firefox, attackers, proceed, issuer, authority, chain, handshakes, curl, dangerous, valid',
  },
  dns: {
    names:
      'name resolution, dns zone, apex, godaddy, namecheap, gandi, tld, delegation, host name, stub resolver, ' +
      'www, dns probe, dns_probe, temporary failure in name, name or service not known, nodename nor servname, ' +
      'unknownhostexception, unknown host exception, host not found, no address associated, domain for sale, ' +
      'somebody bought, this domain, address not found, server ip address, cant find the server, parked, ' +
      'domain parked, old server, points at, pointing to, domain lapsed, not renewed, forgot to renew',
    alarms: '',
    hints: 'renew, parked, sale, wrong server, old ip, 8 8 8 8, 1 1 1 1, isp, lapsed, registered, phone, 4g, ads',
  },
  stream: {
    names:
      'consumer offset, offsets, bootstrap server, partitions, topics, kafka streams, avro, protobuf event, ' +
      'message broker, projector, subscriber lag, event processing, notleaderforpartition, ' +
      'not leader for partition, leader not available, commitfailed, commit failed, max poll interval, ' +
      'max poll, unknown topic, serializationexception, deserialization, deserialize, group coordinator, ' +
      'coordinator not available, preparingrebalance, preparing rebalance, rejoining group, revoked partitions, ' +
      'assignment lost, bad record, bad records, poisoned, offset has not moved, offsets stuck, offset stuck, ' +
      'unprocessable event, same event over, same message over',
    alarms: '',
    hints: 'records, rejoin, offsets, events, group id, retrying, partitions, replay, lagging',
  },
  webhooks: {
    names:
      'posting to, outbound, outgoing calls, http callback, hooks, notify url, callback url, event delivery, ' +
      'subscriber url, partner systems, integrator endpoint, property management, channel managers, ' +
      'push updates to partners, third parties, stopped posting to, not posting to, no posts to, ' +
      'their endpoint, their endpoints, partners endpoint, partner endpoint, nothing from us, hears nothing, ' +
      'heard nothing, heard from us, hear from us, no calls from us, no longer call, stopped calling them, ' +
      'receive nothing from us, received nothing from us, gets nothing from us, get nothing from us, ' +
      'nothing received from us, signature mismatch, signature check, invalid signature, signature invalid, ' +
      'hmac, not told them, not notify them, not telling partners, stopped sending them',
    alarms: '',
    hints: 'post, posting, posts, updates, partners, integrators, listening, subscribed, replay',
  },
  apple: {
    names:
      'iphone pushes, ios pushes, api push apple com, push apple com, apns2, apple gateway, bad collapse, ' +
      'internalservererror apns, iphones silent, iphones quiet, iphones mute, on any iphone, on no iphone',
    alarms: '',
    hints: 'ding, dings, silent, mute, quiet, buzz, deliver, delivered, ios 17, ios 18, alerts',
  },
  google: {
    names:
      'fcm googleapis, fcm send, firebase messaging, sender id, senderid, mismatchsenderid, google push, ' +
      'googles push, mismatch sender, androids silent, androids quiet, androids mute, on any android, ' +
      'on no android, android phones silent, android silent, notregistered, quota exceeded fcm',
    alarms: '',
    hints: 'arrive, arrives, ding, dings, silent, mute, quiet, buzz, deliver, delivered, androids, samsung, alerts',
  },
  pushcert: {
    names:
      'team agent, apple developer, developer account, push credentials, apns p12, apns p8, apns expired, ' +
      'apple certificate, apple cert, push expired, expired apns, apple gateway',
    alarms: '',
    hints: 'developer, expired, gateway, renewed, signing, yearly, revoked',
  },
  push: {
    names:
      'alerts on the phone, lock screen, notification center, pings, apnotic, push daemon, rpush daemon, ' +
      'push service, phone wont stop, phones wont stop, vibrating, wont stop buzzing, pinging users, ' +
      'pinged everyone, ding ding',
    alarms: '',
    hints: 'ding, dings, pinged, deliver, delivers, delivered, buzzed, lockscreen, daemon',
  },
  cache: {
    names:
      'dalli, x cache, age header, fragment, memoized, cache key, cache keys, rails cache, cache store, ' +
      'cachestore, dalli ringerror, ring error, no server available, old text, old texts, old price, ' +
      'old prices, old photo, old one, old logo, old page, old pages, yesterdays, last months, ' +
      'deleted listing still, still read, still get the, shows up hours later, not take effect, ' +
      'doesnt take effect, changed it but, i changed, we changed the, dont see the change, not see the change, ' +
      'not see changes, some see the, half of the visitors, half the visitors, after a reload, hard reload, ' +
      'incognito, misses went, hit ratio, hits dropped, hits down, miss rate',
    alarms: '',
    hints: 'ratio, changed, edited, edit, reload, text, texts, misses, expired, ram',
  },
  redis: {
    names:
      'redis commanderror, redis cannotconnect, allkeys lru, noeviction, lru, volatile lru, redis instance, ' +
      'redis server, when used memory, used memory, maxmemory policy, max clients, maxclients, ' +
      'cannot allocate memory, rdb snapshot, loading the dataset, redis is at, redis loading, ' +
      'background saving, redis swap',
    alarms: '',
    hints: 'lru, evicted, evictions, bgsave, keys, gb, ram, dataset, policy, snapshot',
  },
  jobs: {
    names:
      'background workers, sidekiq web, dead set, retry queue, perform async, performasync, low queue, ' +
      'default queue, mailers queue, default latency, latency of default, busy threads, all threads busy, ' +
      'retries climbing, in the queue, behind in the queue',
    alarms: '',
    hints: 'retries, retry, latency, mailers, threads, enqueued, climbing',
  },
  schedule: {
    names:
      'sidekiq cron, whenever gem, quartz, celery beat, sidekiq scheduler, launchd, systemd timer, nightlies, ' +
      'night run, night jobs, every night, end of day, eod, month end run, timed job, timed task, reminders, ' +
      'daily digest, daily cleanup, daily export, nothing ran, nothing happened at, should have happened, ' +
      'should have run, should have started, supposed to run, supposed to happen, supposed to start, ' +
      'didnt happen, did not happen, never happened, did not fire, didnt fire, never fired, not fired, ' +
      'last run, last ran, not kick off, didnt kick off, ran two times, started two times, ran an hour, ' +
      'daylight saving, dst, clock change, wrong timezone, wrong time zone, still running since',
    alarms: '',
    hints:
      '3am, 2am, 4am, 1am, midnight, happened, reminder, cleanup, exports, fired, schedule, clock, hourly, ' +
      'missed, timezone',
  },
  warehouse: {
    names:
      'graph of revenue, revenue chart, revenue dashboard, revenue numbers, revenue report, sales report, ' +
      'sales numbers, cubes, upstream, sensor, task instance, data studio, power bi, powerbi, mode report, ' +
      's3 to redshift, dagster, prefect, airbyte, stitch, reverse etl, hightouch, occupancy report, ' +
      'weekly report, monthly report, investor report, ceo report, ceo dashboard, upstream failed, sla miss, ' +
      'up for retry, task failed, chart stops, charts stop, chart ends, charts end, graph stops, graph ends, ' +
      'line stops, line ends, numbers stop, numbers end, numbers are from, numbers from, data ends, data stops, ' +
      'no numbers, no data for, no rows for, dropped to zero in the, report is empty, report empty, ' +
      'numbers old, numbers dont add up, dont add up, not add up, numbers dont match, not match, figures are, ' +
      'bytes billed, dbt run, partition missing, late arriving',
    alarms: '',
    hints:
      'revenue, chart, graph, kpi, sunday, saturday, monday, investors, investor, ceo, cfo, occupancy, sales, ' +
      'figures, numbers, weekly, analyst, analysts, models, refreshed, cohort',
  },
  limits: {
    names:
      'rack attack, retry after, x ratelimit, burst, calls per, requests per, per minute, per second, ' +
      'api customer, allowlist, slow down, calls a minute, calls a second, calls per minute, requests a minute, ' +
      'requests per minute, requests per second, ratelimit remaining, over their limit, over the limit, ' +
      'hit the limit, hits the limit, hit a limit, above their limit, raise the limit, raise their limit, ' +
      'raise the quota, lift the limit, let them through, let him through, more calls, too many calls, ' +
      'calls us too often, cut off by our api, blocked by our api, banned from the api',
    alarms: '',
    hints: 'integrator, integrators, calls, exceed, exceeds, allowed, rejected, refused, burst, raise',
  },
}
