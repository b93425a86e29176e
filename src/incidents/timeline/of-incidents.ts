/** The timeline in English: what people did about an emergency. One sentence for each kind of fact. Pure. */
import { span } from '../../mrkdwn.js'
import type { AlertFact } from '../../ports/alerts.js'
import type { ChecklistFact } from '../../ports/checklists.js'
import type { DocFact } from '../../ports/docs.js'
import type { ResponseFact } from '../../ports/response.js'
import type { ReviewFact } from '../../ports/review.js'
import type { SwitchFact } from '../../ports/switches.js'
import type { IncidentFact } from '../incident.js'
import { listed, type Sentences } from './tell.js'

type Kinds = (IncidentFact | ResponseFact | ReviewFact | ChecklistFact | DocFact | SwitchFact | AlertFact)['kind']

const BECAUSE = {
  window: 'it came soon after the last message of this emergency',
  storm: 'as many pages as may go out in one minute had gone out',
  group: 'it belongs to the same group of alerts',
} as const

const VIA = {
  slack: '',
  catch_up: ', found by reading what was missed',
  terminal: ', at a terminal',
  alert: '',
  shortcut: ', by the shortcut on a message or from App Home',
} as const

/** Every kind of fact that people, checklists, documents, switches and other machines' alerts make. */
export const OF_INCIDENTS: Sentences<Kinds> = {
  declared: ({ via, delayMs }) =>
    `emergency declared${VIA[via]}${delayMs < 30_000 ? '' : `; Mayday read the message ${span(delayMs)} after it was written`}`,
  message_joined: ({ text, because }, { said }) =>
    `a further message joined, because ${BECAUSE[because]}: ${said(text)}`,
  noted: ({ text }, { said }) => said(text),
  message_edited: ({ text }, { said }) => `message edited, it now reads: ${said(text)}`,
  message_deleted: ({ root }) => (root ? 'the first message of a thread was deleted' : 'message deleted'),
  docs_found: ({ docs, checklists }, { text }) => {
    const found = [...docs.map((doc) => text(doc.title)), ...checklists.map((name) => `checklist ${text(name)}`)]
    return found.length === 0 ? 'no document fits the message' : `documents that fit the message: ${listed(found)}`
  },
  severity_set: ({ severity }) => `severity ${severity} set`,
  incident_acknowledged: () => 'took it',
  incident_resolved: ({ falseAlarm }) => (falseAlarm ? 'closed it as a false alarm' : 'closed it'),
  refused: ({ capability, because }, { text }) => `was refused "${text(capability)}": ${text(because)}`,
  incident_reviewed: () => 'marked it as reviewed',
  review_written: () => 'put the review into the thread',

  role_claimed: ({ role, from }, { name }) =>
    `is ${role}${from === undefined ? '' : `, taking over from ${name(from)}`}`,
  role_given_up: ({ role }) => `is no longer ${role}`,
  incident_mitigated: () => 'said that it is mitigated: users no longer feel it',
  mitigation_withdrawn: () => 'said that it is not mitigated after all',
  impact_noted: ({ text }, { said }) => `noted the impact: ${said(text)}`,
  followup_added: ({ followup }, { name, said, text }) =>
    `follow-up ${followup.number} for ${name(followup.owner)}, due ${text(followup.due)}: ${said(followup.text)}`,
  followup_done: ({ number }) => `follow-up ${number} done`,
  on_call_changed: ({ from, to }, { text }) =>
    `the on-call changed from ${listed(from.map(text))} to ${listed(to.map(text))}`,
  silence_asked: ({ owner, silentMs }, { name }) => `asked ${name(owner)}, silent for ${span(silentMs)}, for a sign`,
  still_on_it: () => 'is still on it',
  silence_ended: ({ owner, silentMs }, { name }) =>
    `${name(owner)} was silent for ${span(silentMs)}; PagerDuty was to be asked to call again`,

  checklist_started: ({ checklist }, { text }) => `checklist ${text(checklist)} started`,
  step_done: ({ checklist, title, because }, { text }) =>
    `done: ${text(title)} (${text(checklist)})${because === undefined ? '' : `, because ${text(because)}`}`,
  step_skipped: ({ checklist, title, reason }, { text }) =>
    `skipped: ${text(title)} (${text(checklist)}), because: ${text(reason)}`,
  step_undone: ({ checklist, title, because }, { text }) =>
    `opened again: ${text(title)} (${text(checklist)})${because === undefined ? '' : `, because ${text(because)}`}`,
  step_assigned: ({ checklist, title, assignee, due }, { name, text }) =>
    `${text(title)} (${text(checklist)}) given to ${name(assignee)}${due === undefined ? '' : `, due ${text(due)}`}`,

  doc_opened: ({ title }, { text }) => `opened the document ${text(title)}`,

  switch_asked: ({ switch: one, wanted }, { text }) => `asked for switch ${text(one)} to be ${wanted}`,
  switch_off: ({ switch: one, detail, found }, { text }) =>
    `switch ${text(one)} ${found === true ? 'was off already' : 'is off'} (${text(detail)})`,
  switch_on: ({ switch: one, detail, found }, { text }) =>
    `switch ${text(one)} ${found === true ? 'was on already' : 'is on'} (${text(detail)})`,
  switch_failed: ({ switch: one, wanted, because, uncertain }, { text }) =>
    `switch ${text(one)} could not be turned ${wanted}: ${text(because)}${uncertain ? '; it may have been all the same' : ''}`,

  alert_joined: ({ source, text: words, because }, { said, text }) =>
    `an alert of ${text(source)} joined, because ${BECAUSE[because]}: ${said(words)}`,
  alert_over: ({ source, text: words }, { said, text }) =>
    `${text(source)} says that its alert is over: ${said(words)}`,
  alert_again: ({ source, text: words }, { said, text }) =>
    `${text(source)} went on telling its alert after this was closed: ${said(words)}`,
}
