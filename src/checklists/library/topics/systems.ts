/**
 * Systems that things run on: what they are called and what people say when they break. Pure. English; a second language is a second list.
 * Each topic holds words by their weight, see `Topic`.
 */
import type { Topic } from './topic.js'

/** The topics, by a name that nobody sees. */
export const SYSTEMS: Readonly<Record<string, Topic>> = {
  login: {
    names:
      'login, log in, sign in, signin, logon, sign on, signup, sign up, registration, password, passwd, sso, ' +
      'saml, oauth, oidc, okta, auth0, session, jwt, 2fa, mfa, totp, authenticator, captcha, magic link, cookie, ' +
      'keycloak, ldap, authentication, passkey, identity provider, idp, reset link, admin panel, credentials, ' +
      'face id, remember me, log into, logins, back office login, admin login, account access, sessions, ' +
      'one time link',
    alarms:
      'logged out, log out, logged off, kicked out, locked out, thrown out, signed out, session expired, ' +
      'invalid credentials, 401, unauthorized, logs out, logging out, login loop, redirect loop, wrong password, ' +
      'cant get in, cannot get in, sign out, logs me out, logs us out, login page, cant come back, ' +
      'access denied to account, forgot password',
    hints: 'account, code, token, user, auth, credential, verify, access',
  },
  database: {
    names:
      'database, postgres, postgresql, pg, psql, mysql, mariadb, mongo, mongodb, rds, aurora, sql, activerecord, ' +
      'replica, primary, pgbouncer, connection pool, vacuum, autovacuum, db, cockroach, oracle, dynamo, ' +
      'dynamodb, wal, mysqld, innodb, db server, primary db, pgsql, connections, sqlstate, tablespace, ' +
      'checkpoint, btree, pg stat, statement, sqlite, data base, read replica, standby',
    alarms:
      'deadlock, too many connections, connection slots, connection pool exhausted, connection timeout, ' +
      'slow query, long running query, replication lag, disk full, no space left, out of disk, lock wait, ' +
      'locked table, statement timeout, connection bad, table bloat, wraparound, read only transaction, io wait, ' +
      'lost connection, in recovery mode, could not connect to server, could not extend file, ' +
      'out of shared memory, canceling statement, too many clients, remaining connection, ' +
      'connection refused postgres',
    hints:
      'query, disk, connection, lock, table, replication, index, cpu, iops, transaction, failover, superuser, ' +
      'row, io, reads, writes, select, insert, heap, queries, seconds, took, locks',
  },
  migrations: {
    names:
      'migration, migrate, schema, alter table, add column, db migrate, backfill, ddl, rails db, flyway, ' +
      'liquibase, alembic, knex',
    alarms:
      'undefined column, undefined table, unknown column, missing column, column does not exist, ' +
      'relation does not exist, pending migration, lock timeout, stuck migration, half migrated',
    hints: 'column, table, lock, index, deploy, rename, rake',
  },
  backups: {
    names:
      'backup, restore, recover, recovery, point in time, snapshot, pitr, undelete, dump, undo, bring back, ' +
      'get back, older copy, as it was, older state, earlier state, yesterdays data, old data back, wal archive, ' +
      'base backup',
    alarms:
      'drop table, dropped the table, table dropped, dropped table, dropped database, drop database, truncate, ' +
      'data loss, lost data, deleted data, data deleted, deleted by mistake, deleted by accident, ' +
      'accidentally deleted, wiped, data corrupted, corrupt data, rm rf, delete without where, overwritten, ' +
      'everything deleted, rows gone, rows are gone, deleted all, deleted everything, truncated, destroyed, ' +
      'overwrote, rm, instead of staging, wrong database, wrong environment, dropped all, against prod, ' +
      'against production, gone forever, as it was at, bulk update, without where, every row, all rows, ' +
      'overwrote all, mass update, mass delete, same value, old values, wrong rows',
    hints:
      'deleted, dropped, lost, gone, data, table, production, accident, mistake, corrupt, row, record, script, ' +
      'cleanup, rows, records, update, delete, bulk, same, every, before, owner, back, users table',
  },
  push: {
    names:
      'push, push notification, notification, rpush, notif, pushes, onesignal, web push, push messages, ' +
      'notifications, campaign push, test push, broadcast',
    alarms: 'spamming users, buzzing, phone buzzing, got the push, wrong push, everyone got',
    hints: 'phone, device, buzz, message, alert, queued, silent, apns, fcm, device tokens, campaign, everyone, test',
  },
  apple: {
    names: 'apns, apple push, iphone push, ios push, iphone notification, ios notification, pushes to iphones',
    alarms:
      'bad device token, bad certificate, baddevicetoken, badcertificate, invalidprovidertoken, ' +
      'expiredprovidertoken, invalid provider token, unregistered',
    hints: 'iphone, ios, apple, ipad, push, notification, device token, iphones, pushes',
  },
  google: {
    names: 'fcm, firebase, gcm, android push, android notification, android pushes',
    alarms: '',
    hints: 'android, google, push, notification, pixel, token, devices, 401',
  },
  pushcert: {
    names:
      'push certificate, push cert, apns certificate, apns cert, p12, p8, apns key, push key, provider token, ' +
      'push certs',
    alarms:
      'bad certificate, badcertificate, bad device token, baddevicetoken, certificate revoked, ' +
      'invalidprovidertoken, expiredprovidertoken, invalid provider token, topicdisallowed, topic disallowed, ' +
      'cert ran out, apns cert ran',
    hints: 'certificate, cert, apns, apple, push, ios, expire, pushes, 403, ran, out, renew',
  },
  cdn: {
    names:
      'cdn, cloudflare, fastly, cloudfront, akamai, css, stylesheet, style sheet, styling, style, asset, ' +
      'javascript, js, bundle, webpack, vite, static files, edge, font, frontend, layout, sprockets, source map, ' +
      'stylesheets, hydration, react error, front end, frontend build, menu broken, safari, font files, ' +
      'edge cache, origin, csp, cors, frontend assets',
    alarms:
      '520, 521, 522, 523, 524, 525, 526, chunk load, chunkloaderror, white page, white screen, blank page, ' +
      'blank screen, unstyled, button does nothing, buttons do nothing, plain html, looks ugly, ' +
      'page stays white, stays white, page is white, nothing renders, layout broken, looks broken, buttons dead, ' +
      'cannot click, origin unreachable, cors error',
    hints:
      'looks, html, 404, page, load, static, browser, homepage, europe, purge, region, rendering, buttons, ' +
      'white, click, images, mobile browser, mobile, firefox, script, layouts',
  },
  tls: {
    names:
      'tls, ssl, certificate, cert, https, x509, handshake, letsencrypt, lets encrypt, acm, hsts, acme, certbot, ' +
      'cipher, sni, pem, intermediate certificate, certificate chain, lock icon, certs, renewal, ' +
      'common name mismatch, key pair, ocsp, crl',
    alarms:
      'not secure, not private, insecure, certificate expired, cert expired, err cert, unable to verify, ' +
      'self signed, untrusted, security warning, privacy error, padlock, unsafe, red warning, certificate error, ' +
      'connection is not, runs out, ssl certificate problem, certificate problem, err ssl, tls handshake, ' +
      'certificate verify failed',
    hints:
      'browser, warning, expire, secure, private, renew, trust, safari, chrome, valid, warn, scary, common name, ' +
      'expires, hours, renews, api',
  },
  dns: {
    names:
      'dns, domain, nameserver, resolve, resolver, route53, hostname, registrar, cname, a record, mx record, ' +
      'whois, subdomain, ttl, dnssec, name servers, zone file, domains, dig, nslookup, glue record, ' +
      'zone transfer, propagate, propagation, mx',
    alarms:
      'nxdomain, servfail, name not resolved, err name not resolved, enotfound, eai again, getaddrinfo, ' +
      'unknown host, could not resolve, domain expired, parking page, no such host, server not found, ' +
      'cannot find server, cant be found, cannot be found, site not found, nameservers changed, wrong address, ' +
      'resolves to, not resolve, does not resolve, points to',
    hints:
      'record, points, ip, registered, www, lookup, zone, servers, changed, expired, found, dns record, ' +
      'cloudflare, main',
  },
  stream: {
    names:
      'kafka, consumer, consumers, topic, partition, broker, kinesis, pubsub, pub sub, rabbitmq, rabbit, sqs, ' +
      'event stream, zookeeper, offset, redpanda, nats, dlq, schema registry, event bus, consumer group, ' +
      'lagging, events, kafka cluster, kafka connect, debezium, cdc, messages',
    alarms:
      'consumer lag, rebalancing, poison message, offset out of range, under replicated, dead letter, ' +
      'poison pill, bad event, bad message, events late, not consumed, nothing consumed, broker down, isr, ' +
      'under min isr',
    hints:
      'lag, event, message, consumed, queue, backlog, stream, group, producer, topics, partitions, behind, disk, ' +
      'brokers, lagged',
  },
  jobs: {
    names:
      'sidekiq, resque, celery, delayed job, background job, worker queue, job queue, queue, worker, workers, ' +
      'bull, bullmq, jobs, enqueued, retry set, worker dyno, job, retries, queues, threads, retry queue, ' +
      'dead jobs, sidekiq process, foreman, job backlog',
    alarms:
      'queue growing, jobs stuck, queue stuck, backlog, jobs piling, queue huge, not processing jobs, ' +
      'jobs not processed, queue latency, jobs waiting, jobs late, latency, jobs in queue, jobs in retry, ' +
      'retries growing, jobs dead, queue backed',
    hints: 'process, processed, background, dead set, growing, thread, busy, dead, waiting, stuck, enqueue, 60k, redis',
  },
  schedule: {
    names:
      'cron, crontab, scheduler, scheduled job, scheduled task, nightly job, nightly, nightly task, daily job, ' +
      'scheduled, periodic, batch job, batch, clockwork, hourly job, am job, pm job, overnight job, overnight, ' +
      'weekly job, reminder job, rake task, monthly run, midnight, cron box, reminder, timer, heroku scheduler, ' +
      'hourly task, cleanup job',
    alarms:
      'job didnt run, did not run, didnt run, havent run, hasnt run, not run, missed run, never ran, ran twice, ' +
      'did not start, never started, never finished, skipped its run, not start, nothing ran, not triggered, ' +
      'not sent at midnight, not executed',
    hints:
      'job, task, run, daily, weekly, hourly, ran, night, jobs, tasks, morning, started, trigger, box, ' +
      'reminders, sent, execute, daily report',
  },
  webhooks: {
    names:
      'webhook, web hook, callback, integration, third party, api partner, zapier, postback, channel partner, ' +
      'connector, hooks, partners, ota, pms, partner api, webhook deliveries, hook, airbnb, booking com, expedia',
    alarms: 'no events from us, get no events, hear nothing, deliveries fail',
    hints:
      'partner, endpoint, signature, retry, deliver, subscription, event, external, notify, hmac, attempts, ' +
      'events, 410, receiver, signed, deliveries, attempt, sync',
  },
  limits: {
    names: 'rate limit, ratelimit, quota, throttle, throttling, api limit, limits, rate limiter, limiter',
    alarms: '429, 429s, too many requests, quota exceeded, rate limited, limit exceeded, throttled, being limited',
    hints: 'limit, request, api, client, blocked, customer, calls, partner, key',
  },
  cache: {
    names:
      'cache, cached, caching, memcached, memcache, cache hit, varnish, ttl, stale data, stale version, ' +
      'cached page, cached pages, caches, page cache, fragment cache, http cache',
    alarms:
      'cache stampede, old content, stale page, stale content, outdated page, stale pages, cache poisoned, ' +
      'hit rate, cache miss, old version, previous version, version from, version of yesterday, from yesterday, ' +
      'from last week, from monday, last weeks, not updating, not update, not refresh, not refreshed, ' +
      'see the old, still old, shows old, outdated version, still see, still shows, cache is cold, cold cache, ' +
      'cached for the wrong, wrong cached, logged in page cached',
    hints:
      'stale, old, outdated, last week, redis, hit, yesterday, refresh, invalidate, version, still, changes, ' +
      'updated, days, purge, reload, keys, cold, visitors, personalised, warm',
  },
  redis: {
    names: 'redis, valkey, elasticache, redis memory, eviction, evicting, upstash, redis mem, redis writes',
    alarms:
      'oom command not allowed, maxmemory, evicting keys, misconf, redis full, redis out of memory, ' +
      'redis at 100, maxmemory reached, writes refused',
    hints: 'memory, key, full, used memory, rdb, aof, mem, evict, connections, writes, refused, reached',
  },
  deploy: {
    names:
      'deploy, deployment, release, rollback, roll back, rollout, revert, hotfix, redeploy, new version, ship, ' +
      'shipped, canary, deployed, releases, rolled back, pushed to prod, build, previous release, ' +
      'previous version, last version',
    alarms:
      'bad deploy, deploy failed, deploy broke, after deploy, since deploy, since release, after release, ' +
      'need rollback, broke production, last release, broke prod, deploy stuck, since the deploy, ' +
      'since the release, after the deploy, after the release, since we deployed, since the last deploy, ' +
      'new version is, last deploy, todays release, todays deploy, latest release, go back to, back to v, ' +
      'since v, broke since, since version, undo the deploy',
    hints:
      'version, since, merge, pipeline, changed, commit, minutes ago, today, merged, slug, started, v, back, ' +
      'went, master',
  },
  capacity: {
    names:
      'dyno, dynos, scale, scaling, autoscaling, autoscaler, capacity, overload, more dynos, more servers, ' +
      'replicas, instances, traffic, load, servers, request queue',
    alarms:
      'too much traffic, traffic spike, overloaded, at capacity, cannot keep up, request queueing, load spike, ' +
      'hug of death, 10x traffic, more traffic, queue time, too slow under load, cant handle',
    hints: 'spike, rps, requests, slow, tv, hackernews, web, users, marketing, campaign, launch, peak',
  },
  errors: {
    names:
      'error code, error page, h10, h12, h13, h14, h18, h27, r10, r12, r14, r15, 500, 502, 503, 504, 500s, 502s, ' +
      '503s, 504s, 5xx, r13, h15, h20, h99, errors, crashes, 500 on, exceptions, h-codes',
    alarms:
      'app crashed, dyno crashed, boot timeout, request timeout, memory quota, bad gateway, gateway timeout, ' +
      'service unavailable, internal server error, crash looping, error rate, application error, server error, ' +
      'keeps crashing, keeps restarting, restart every, memory vastly exceeded, vastly exceeded, exits with, ' +
      'app boot',
    hints: 'error, crash, dyno, log, timeout, memory, restart, restarts, dynos, rate, pages, worker, exceeded, boot',
  },
  config: {
    names: 'config var, env var, environment variable, config, configuration, settings, env vars, dotenv, keyerror',
    alarms: 'missing config, missing env, wrong config, key error, env var gone, missing environment',
    hints: 'variable, missing, env, value, setting',
  },
  logs: {
    names: 'logs, logging, log drain, papertrail, kibana, logplex, log file, loki, splunk, log',
    alarms: 'logs missing, no logs',
    hints: 'drain, tail, search',
  },
}
