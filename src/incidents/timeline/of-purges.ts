/** The timeline in English: what was removed and put back. Pure. */
import type { PurgeFact } from '../../ports/purges.js'
import { counted, type FactOf, type Sentences, type Teller } from './tell.js'

type Kinds = PurgeFact['kind']

/** Every kind of fact about a purge. */
export const OF_PURGES: Sentences<Kinds> = {
  purge_planned: (fact, { text }) => `${purgeOf(fact, text)} planned: ${counted(fact.count, 'entry', 'entries')}`,
  purge_confirmed: (fact, { text }) =>
    `confirmed ${purgeOf(fact, text)}${fact.needed > 1 ? ` (${fact.confirmations} of ${fact.needed})` : ''}`,
  purge_started: (fact, { text }) => `${purgeOf(fact, text)} began`,
  purge_paused: (fact, { text }) => `paused ${workOf(fact, text)}`,
  purge_resumed: (fact, { text }) => `resumed ${workOf(fact, text)}`,
  purge_cancelled: (fact, { text }) => `cancelled ${workOf(fact, text)}`,
  purge_stopped: (fact, { text }) => `${workOf(fact, text)} stopped: ${text(fact.because)}`,
  purge_done: (fact, { text }) =>
    `${purgeOf(fact, text)} done: ${counted(fact.removed, 'entry', 'entries')} removed, ${fact.remaining === 0 ? 'none of the plan left' : `${counted(fact.remaining, 'entry', 'entries')} of the plan still there`}${aroundOf(fact, text)}`,
  purge_undo_started: (fact, { text }) =>
    `began to undo ${purgeOf(fact, text)}: ${counted(fact.total, 'entry', 'entries')}`,
  purge_undone: (fact, { text }) =>
    `undo of ${purgeOf(fact, text)} done: ${counted(fact.restored, 'entry', 'entries')} put back, ${fact.occupied} left alone, ${fact.failed} failed`,
  purge_archive_removed: (fact, { text }) =>
    `the archive of ${purgeOf(fact, text)} was removed from the disk: its time was over`,
  purge_held: ({ target, held }, { text }) =>
    `put delivery of ${text(target)} on hold: ${counted(held, 'notification')} waited`,
  purge_released: ({ target, released, arrived }, { text }) =>
    `released delivery of ${text(target)}: ${counted(released, 'notification')}, and ${counted(arrived, 'more', 'more')} that had come meanwhile`,
  purge_impact_counted: (fact, { text }) =>
    `counted the impact of ${purgeOf(fact, text)}: ${counted(fact.notifications, 'notification')} for ${counted(fact.devices, 'device')}, ${counted(fact.delivered, 'delivered', 'delivered')} to ${counted(fact.reached, 'device')}`,
  purge_devices_listed: (fact, { text }) =>
    `took the list of ${counted(fact.devices, 'device')} of ${purgeOf(fact, text)}`,
}

function purgeOf({ purge, target }: PurgeFact, text: Teller['text']): string {
  return `purge${purge === undefined ? '' : ` ${purge}`} of ${text(target)}`
}

function workOf(fact: PurgeFact & { readonly undo: boolean }, text: Teller['text']): string {
  return `${fact.undo ? 'the undo of ' : ''}${purgeOf(fact, text)}`
}

function aroundOf({ neighbours }: FactOf<'purge_done'>, text: Teller['text']): string {
  if (neighbours === undefined || neighbours.counted === 0) return ''
  const { counted: all, doubtful } = neighbours
  if (doubtful.length === 0)
    return `; ${all === 1 ? 'its neighbour is' : `its ${all} neighbours are`} unchanged or explained`
  return `; doubtful: ${doubtful.map((one) => text(one)).join(', ')}`
}
