/** What can be pressed on the incident card. Pure. */
import type { KnownBlock } from '@slack/types'
import { plain, weight } from '../mrkdwn.js'
import type { Role } from '../ports/response.js'
import { type Incident, isOpen, type Page } from './incident.js'
import { ROLES } from './response.js'
import { LABEL } from './words.js'

/** What the buttons depend on. */
export interface Actionable {
  readonly incident: Incident
  readonly pages: readonly Page[]
  readonly teams: readonly { readonly name: string; readonly about?: string }[]
  /** Names of checklists that fit the message and have not been started. */
  readonly checklists: readonly string[]
}

/** why: a static_select holds at most 100 options, an actions block 25 elements, a button text 75 characters. */
const OPTIONS_MAX = 100
/** Length of a button's value, by Slack's reference. */
const VALUE_MAX = 2_000
/** What the menu of teams may weigh; what the rest of the card may is said in `card.ts`. */
const MENU = 4_000

/** Everything that can be pressed on the card, for what is known now. */
export function actionBlocks({ incident, pages, teams, checklists }: Actionable): readonly KnownBlock[] {
  const value = String(incident.id)
  if (!isOpen(incident)) {
    const left = [
      button('incident.retro', 'Review', value),
      button('incident.followup', LABEL.followup, value),
      button('incident.details', LABEL.details, value),
    ]
    return [{ type: 'actions', block_id: `work:${value}`, elements: left }]
  }
  const shadow = pages.every((page) => page.state === 'shadowed')
  const buttons = [
    ...(incident.acknowledgedBy === undefined ? [button('incident.ack', 'Acknowledge', value, 'primary')] : []),
    button('incident.resolve', 'Resolve', value, undefined, {
      title: 'Resolve this emergency?',
      text: 'PagerDuty stops calling, for every page of this emergency.',
      yes: 'Resolve',
    }),
    button('incident.false_alarm', 'False alarm', value, undefined, {
      title: 'False alarm?',
      text: 'PagerDuty stops calling. Whoever was called already is told that it was nothing.',
      yes: 'It was nothing',
    }),
    ...(shadow
      ? []
      : [
          button('incident.page_again', 'Page again', value, 'danger', {
            title: 'Page again?',
            text: 'The on-call is called a second time, by a new page.',
            yes: 'Page again',
          }),
        ]),
  ]
  const select = teams.length === 0 || shadow ? [] : [teamSelect(incident.id, teams)]
  const suggested = checklists
    .slice(0, 3)
    .map((name) => button('checklist.start', `Start checklist: ${name}`.slice(0, 75), `${value}:${name}`))
  // why: action ids must be unique within one block, so each suggested checklist has its own.
  return [
    { type: 'actions', block_id: `incident:${value}`, elements: [...buttons, ...select] },
    workBlock(incident),
    ...suggested.map(
      (element, index): KnownBlock => ({
        type: 'actions',
        block_id: `suggested:${value}:${index}`,
        elements: [element],
      }),
    ),
  ]
}

/** Roles, mitigation, impact, follow-ups. */
function workBlock(incident: Incident): KnownBlock {
  const value = String(incident.id)
  const mitigated =
    incident.state === 'mitigated'
      ? button('incident.unmitigated', LABEL.notMitigated, value)
      : button('incident.mitigated', LABEL.mitigated, value, undefined, {
          title: LABEL.mitigatedTitle,
          text: LABEL.mitigatedText,
          yes: LABEL.yes,
        })
  const elements = [
    mitigated,
    ...ROLES.map((role) => roleButton(incident, role)),
    button('incident.details', LABEL.details, value),
    button('incident.followup', LABEL.followup, value),
  ]
  return { type: 'actions', block_id: `work:${value}`, elements }
}

/** why: a card looks the same for everybody, so one button takes a role, takes it over and gives it up; it says whom it saw. */
function roleButton({ id, roles }: Incident, role: Role) {
  const holder = roles?.[role]
  const value = `${id}:${holder ?? 'nobody'}`.slice(0, VALUE_MAX)
  if (holder === undefined) return button(`incident.${role}`, LABEL.claim[role], value)
  const confirm = { title: LABEL.heldTitle[role], text: LABEL.heldText, yes: LABEL.yes }
  return button(`incident.${role}`, LABEL.held[role], value, undefined, confirm)
}

function teamSelect(id: number, teams: Actionable['teams']) {
  const bare = teams.slice(0, OPTIONS_MAX).map((team) => ({
    text: { type: 'plain_text' as const, text: team.name.slice(0, 75) },
    value: `${id}:${team.name}`.slice(0, 150),
  }))
  const full = bare.map((option, index) => {
    // why: Slack refuses an empty description, and the whole card with it.
    const about = plain(teams[index]?.about ?? '', 75)
    return about === '' ? option : { ...option, description: { type: 'plain_text' as const, text: about } }
  })
  const options = fitting(weight(full) <= MENU ? full : bare, (option) => weight([option]), MENU)
  const label = options.length === teams.length ? 'Page another team' : 'Page another team (all: /mayday page)'
  return {
    type: 'static_select' as const,
    action_id: 'incident.page_team',
    placeholder: { type: 'plain_text' as const, text: label },
    options: [...options],
    confirm: {
      title: { type: 'plain_text' as const, text: 'Page this team?' },
      text: { type: 'plain_text' as const, text: 'Its on-call is called now.' },
      confirm: { type: 'plain_text' as const, text: 'Page' },
      deny: { type: 'plain_text' as const, text: LABEL.no },
    },
  }
}

function button(
  actionId: string,
  label: string,
  value: string,
  style?: 'primary' | 'danger',
  confirm?: { readonly title: string; readonly text: string; readonly yes: string },
) {
  return {
    type: 'button' as const,
    action_id: actionId,
    text: { type: 'plain_text' as const, text: label },
    value,
    ...(style === undefined ? {} : { style }),
    ...(confirm === undefined
      ? {}
      : {
          confirm: {
            title: { type: 'plain_text' as const, text: confirm.title },
            text: { type: 'plain_text' as const, text: confirm.text },
            confirm: { type: 'plain_text' as const, text: confirm.yes },
            deny: { type: 'plain_text' as const, text: LABEL.no },
          },
        }),
  }
}

/** The first ones that fit together; what comes behind the first that does not is left out too. */
export function fitting<T>(all: readonly T[], size: (one: T) => number, budget: number): readonly T[] {
  let sum = 0
  return all.filter((one) => {
    sum += size(one)
    return sum <= budget
  })
}
