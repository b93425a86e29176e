/** Who may purge, undo, hold and release: asked at every hop, because anybody in a channel can press a button. */
import { describe } from '../errors.js'
import type { IncidentId } from '../incidents/incident.js'
import type { OnCall, Person } from '../ports.js'
import type { PermitDeps } from './deps.js'

export interface Asked {
  readonly user: string
  /** Slack's id of the press or command, so that one refusal is recorded once. */
  readonly press: string
  readonly incident: IncidentId | undefined
}

export interface Permits {
  /** Undefined: the person may; else the refusal in words, recorded. */
  refusal(asked: Asked): Promise<string | undefined>
}

export function createPermits(deps: PermitDeps): Permits {
  return {
    async refusal(asked) {
      const because = await whyNot(deps, asked.user)
      if (because === undefined) return undefined
      deps.log.warn('somebody was refused', { user: asked.user, capability: 'purge', because })
      if (asked.incident !== undefined) {
        await deps.store.facts.append({
          ...{
            id: `refused:${asked.press}`,
            incidentId: asked.incident,
            at: deps.clock.now(),
            actor: `slack:${asked.user}`,
          },
          ...{ kind: 'refused', capability: 'purge', because },
        })
      }
      return `Nothing was done: ${because}. ${whoMay(deps.permitted)}`
    },
  }
}

/** why: what cannot be looked up is a refusal: an unknown person must not be able to remove anything. */
async function whyNot(deps: PermitDeps, user: string): Promise<string | undefined> {
  try {
    const person = await deps.chat.person(user)
    const because = notTrusted(person)
    if (because !== undefined || person === undefined) return because ?? 'Slack does not know you here'
    return await notPermitted(deps, person)
  } catch (error) {
    deps.log.warn('it could not be told whether somebody may purge; they were refused', { user, error })
    return `Mayday could not find out whether you may (${describe(error)})`
  }
}

/** Guests, people of other workspaces and bots never, whatever list they are on. */
export function notTrusted(person: Person | undefined): string | undefined {
  switch (person?.kind) {
    case undefined:
      return 'Slack does not know you here'
    case 'guest':
      return 'you are a guest in this workspace'
    case 'stranger':
      return 'you belong to another workspace'
    case 'bot':
      return 'bots may not'
    case 'member':
    case 'admin':
      return undefined
  }
}

async function notPermitted(
  { permitted, chat, directory, clock }: PermitDeps,
  person: Person,
): Promise<string | undefined> {
  if (permitted === undefined) {
    if (person.kind === 'admin' || isOnCall(person, await directory.onCall(), clock.now())) return undefined
    return 'you are not on call now, and not an owner or admin of this workspace'
  }
  if (permitted.users.includes(person.id)) return undefined
  for (const group of permitted.usergroups) {
    if ((await chat.groupMembers(group)).includes(person.id)) return undefined
  }
  return 'you are not among those who may'
}

/** By the e-mail that Slack and PagerDuty both have; a shift that is over does not count, however old the list is. */
export function isOnCall(person: Person, list: OnCall | undefined, now: number): boolean {
  const email = person.email?.toLowerCase()
  if (email === undefined || list === undefined) return false
  return list.people.some((one) => one.email?.toLowerCase() === email && (one.until === undefined || one.until > now))
}

function whoMay(permitted: PermitDeps['permitted']): string {
  if (permitted === undefined) return 'Whoever PagerDuty says is on call may, and owners and admins of the workspace.'
  const users = permitted.users.filter((one) => !one.startsWith('terminal:')).map((one) => `<@${one}>`)
  const named = [...users, ...permitted.usergroups.map((one) => `<!subteam^${one}>`)]
  // why: naming a user group as a mention in a message for one person pings nobody.
  return named.length === 0 ? 'Nobody may from Slack (permissions.purge in mayday.yml).' : `May: ${named.join(', ')}.`
}
