import type { Picture } from '../keyspace/picture.js'
import type { Waited } from '../keyspace/visitors.js'
import type { Night } from './acts.js'
import { type Narrator, span } from './narrator.js'
import { type Figures, millis, type Proof, rateOf, thousands } from './proof.js'

/** What came of the Redis of the night, for programs. */
export interface PurgeReport {
  readonly notifications: number
  readonly cacheKeys: number
  readonly done: readonly (Figures & { readonly perSecond: number | null })[]
  /** Of the site's own reads while nothing else was going on. */
  readonly idle: Waited | null
  /** Keys of others, before anything was removed and when everything was over. */
  readonly neighbours: { readonly before: Picture; readonly after: Picture } | null
  /** Rpush's keys, before the first purge and after its undo. */
  readonly undone: { readonly before: Picture; readonly after: Picture } | null
  readonly hold: Required<Proof>['released'] | null
  readonly jobs: Required<Proof>['jobs'] | null
  /** The counter from which Rpush takes its ids. */
  readonly lastId: { readonly before: number; readonly after: number } | null
  /** Ids that Rpush was given although their notification was gone. */
  readonly danglingIds: number
}

export function purgeReportOf({ redis, proof }: Night): PurgeReport | null {
  if (redis === undefined || proof.done.length === 0) return null
  const { before, after, undone } = proof
  return {
    notifications: redis.size.notifications,
    cacheKeys: redis.size.cacheKeys,
    done: proof.done.map((one) => ({ ...one, perSecond: rateOf(one) })),
    idle: proof.idle ?? null,
    neighbours:
      before === undefined || after === undefined ? null : { before: before.neighbours, after: after.neighbours },
    undone: before === undefined || undone === undefined ? null : { before: before.notifications, after: undone },
    hold: proof.released ?? null,
    jobs: proof.jobs ?? null,
    lastId: before === undefined || after === undefined ? null : { before: before.lastId, after: after.lastId },
    danglingIds: redis.rpush.seen().dangling.length,
  }
}

/** Everything in it was checked by the scenes; here it is said in one place. */
export function tellPurgeReport(tell: Narrator, report: PurgeReport): void {
  const { idle } = report
  tell.heading('In the Redis')
  const waits = ({ waited }: Figures) => (waited === undefined ? ['', ''] : [millis(waited.p50), millis(waited.p99)])
  tell.rows([
    ['what', 'how many', 'took', 'a second', 'archive', 'reads of the site: half', '99 of 100 within'],
    ...report.done.map((one) => [
      one.what,
      thousands(one.entries),
      one.perSecond === null ? 'below 0.1 s' : `${one.seconds} s`,
      one.perSecond === null ? '' : thousands(one.perSecond),
      one.archive ?? '',
      ...waits(one),
    ]),
    ...(idle === null ? [] : [['Idle, on hold', '', '', '', '', millis(idle.p50), millis(idle.p99)]]),
  ])
  tell.heading('What was proven')
  tell.rows(provenRows(report))
}

function provenRows({ neighbours, undone, hold, jobs, lastId, danglingIds }: PurgeReport): string[][] {
  const same = (pair: { readonly before: Picture; readonly after: Picture }, what: string) =>
    `${thousands(pair.after.keys)} ${what}: digest ${pair.before.digest} before, ${pair.after.digest} after`
  return [
    ...(hold === null
      ? []
      : [
          [
            'on hold',
            `${span(hold.ms)}, Rpush looked ${hold.looks} times: ${hold.sentMeanwhile} sent; the ${hold.arrived} that came meanwhile after it`,
          ],
        ]),
    ...(neighbours === null ? [] : [['neighbours', same(neighbours, 'keys of others')]]),
    ...(undone === null ? [] : [['undo', same(undone, "of Rpush's keys")]]),
    ...(jobs === null
      ? []
      : [
          [
            'jobs',
            `${thousands(jobs.kept)} of other classes in their order, ${jobs.queuedMeanwhile} queued meanwhile, none lost`,
          ],
        ]),
    ...(lastId === null
      ? []
      : [
          [
            'ids',
            `${thousands(lastId.before)} was the last, ${thousands(lastId.after)} is: none given twice; ${danglingIds} without a notification`,
          ],
        ]),
  ]
}
