/** The impact of what a purge removed, in sentences: for Slack, a terminal and a timeline alike. Pure, plain text. */
import { line, utc } from '../../mrkdwn.js'
import { count, entries, percent } from '../words.js'
import type { AppImpact, Impact } from './tally.js'

/** What was read, and how much of the archive it is. */
export interface ImpactReport {
  readonly purge: number
  readonly target: string
  readonly impact: Impact
  /** Archived ones that had changed before they were removed, and so were left where they are: not counted. */
  readonly leftAlone: number
  /** Archived ones that were gone when they were to be removed: counted, because the archive has them. */
  readonly gone: number
  /** Places of the archive that cannot be read, in words. */
  readonly damage: readonly string[]
  /** True: they were put back since, all or some. */
  readonly undone: boolean
}

const ROWS_MAX = 48
const APPS_MAX = 20

/** Line by line, most important first. */
export function impactLines({
  purge,
  target,
  impact,
  leftAlone,
  gone,
  damage,
  undone,
}: ImpactReport): readonly string[] {
  const { notifications, states, devices, reached } = impact
  const waiting = states.pending + states.retrying
  return [
    `Impact of what purge ${purge} of ${line(target, 60)} removed, from its archive:`,
    `${entries(notifications, 'rpush')} for ${count(devices)} different ${devices === 1 ? 'device' : 'devices'}`,
    `Delivered before the purge: ${count(states.delivered)} (${percent(states.delivered / Math.max(1, notifications))}), to ${count(reached)} different devices`,
    `Never delivered: ${count(waiting)} pending${states.retrying === 0 ? '' : `, ${count(states.retrying)} of them after a failed try`}; ${count(states.failed)} had failed for good`,
    ...inFlight(impact),
    ...whenLines(impact),
    ...appLines(impact.apps),
    ...doubts({ impact, leftAlone, gone, damage, undone }),
  ]
}

function inFlight({ states }: Impact): readonly string[] {
  const unknown = states['in flight'] + states.zombie
  return unknown === 0
    ? []
    : [`Not known: ${count(unknown)} were just being sent; whether they reached anybody is not recorded`]
}

function whenLines({ first, last, hours, states, withoutTime }: Impact): readonly string[] {
  if (states.delivered === 0) return ['When: none was delivered; pending ones have no time, Rpush does not record it']
  if (first === undefined || last === undefined) return ['When: not recorded; no delivered one has a time']
  const shown = hours.slice(0, ROWS_MAX)
  const rest = hours.length - shown.length
  return [
    `First delivered ${utc(first)}, last ${utc(last)}. Pending ones have no time: Rpush does not record it`,
    ...shown.map(({ at, delivered }) => `  ${utc(at).slice(0, 13)}h UTC: ${count(delivered)} delivered`),
    ...(rest === 0 ? [] : [`  and ${count(rest)} more ${rest === 1 ? 'hour' : 'hours'}; --json has them all`]),
    ...(withoutTime === 0 ? [] : [`  ${count(withoutTime)} delivered ones have no time that can be read`]),
  ]
}

function appLines(apps: readonly AppImpact[]): readonly string[] {
  const shown = apps.slice(0, APPS_MAX).map(({ app, type, notifications, delivered }) => {
    const name = app === undefined ? 'no app' : `app ${line(app, 40)}`
    return `${name} (${type === undefined ? 'no type' : line(type, 80)}): ${count(notifications)}, ${count(delivered)} delivered`
  })
  const rest = apps.length - shown.length
  return [...shown, ...(rest <= 0 ? [] : [`and ${count(rest)} more apps; --json has them all`])]
}

function doubts(report: Omit<ImpactReport, 'purge' | 'target'>): readonly string[] {
  const { impact, leftAlone, gone, damage, undone } = report
  return [
    ...(undone ? ['This purge was undone since, so what was pending may have been delivered after all'] : []),
    ...(leftAlone === 0
      ? []
      : [`Not counted: ${count(leftAlone)} that changed in the last moment and were left alone`]),
    ...(gone === 0 ? [] : [`Among them: ${count(gone)} that were gone before they were removed, as they last were`]),
    ...(impact.withoutDevice === 0 ? [] : [`${count(impact.withoutDevice)} name no device`]),
    ...(impact.unreadable === 0 ? [] : [`Not counted: ${count(impact.unreadable)} that cannot be read`]),
    ...damage.map((one) => `The archive is damaged, so this is too little: ${one}`),
  ]
}

/** Where the number of the purge is missing. */
export const SAY_WHICH =
  'Say which: `/purge-push impact NUMBER`; nothing was read. `/purge-push history` shows the numbers.'

/** While it is read: a large archive takes some seconds. */
export const READING = 'Reading the archive; the figures follow.'

/** Why the tokens are not given in Slack. */
export const DEVICES_ELSEWHERE =
  'The list of device tokens is given at a terminal only, because a file in Slack stays there and can be passed on: '

/** After the list was written. */
export function listedWords(devices: number, file: string): string {
  return `${count(devices)} device tokens are in ${file}, which only you can read. It is recorded who took them. Delete the file when it has served.`
}
