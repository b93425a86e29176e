/** Which people in Slack are the one who acknowledged, perhaps on the phone, under the name that PagerDuty has. */
import type { Chat, Directory } from '../../ports.js'
import type { Actor } from '../incident.js'

export interface OwnerDeps {
  readonly chat: Pick<Chat, 'person'>
  readonly directory: Pick<Directory, 'known'>
  readonly contacts: readonly { readonly name: string; readonly slack?: string | undefined }[]
  readonly teams: readonly { readonly name: string }[]
}

/** Slack user of a name in `paging.contacts`. */
export function mentionOf({ contacts }: Pick<OwnerDeps, 'contacts'>, owner: Actor): string | undefined {
  if (owner.startsWith('slack:')) return owner.slice('slack:'.length)
  return contacts.find((one) => one.name === nameIn(owner))?.slack
}

/**
 * Says of each of these actors whether their word is the owner's. By Slack id, e-mail address or full name; where nothing
 * tells who the owner is in Slack, any person's word counts, because nobody is to be woken for not being recognised.
 * Throws `SLACK_*` when Slack does not say who somebody is.
 */
export async function ownersAmong(
  deps: OwnerDeps,
  owner: Actor,
  actors: readonly Actor[],
): Promise<(actor: Actor) => boolean> {
  if (owner.startsWith('slack:')) return (actor) => actor === owner
  const name = nameIn(owner)
  const slack = mentionOf(deps, owner)
  const emails = await emailsOf(deps, name)
  const known = slack !== undefined || emails.size > 0
  const yes = new Set<Actor>([owner])
  for (const actor of new Set(actors)) {
    if (!actor.startsWith('slack:')) continue
    const id = actor.slice('slack:'.length)
    const person = await deps.chat.person(id)
    if (person === undefined || person.kind === 'bot') continue
    const isOwner = id === slack || person.name === name || emails.has(person.email?.toLowerCase() ?? '')
    if (isOwner || !known) yes.add(actor)
  }
  const looked = new Set(actors)
  // why: who spoke up between the look and the decision was not looked at, and is given the benefit of the doubt.
  return (actor) => yes.has(actor) || (actor.startsWith('slack:') && !looked.has(actor))
}

async function emailsOf({ directory, teams }: OwnerDeps, name: string): Promise<ReadonlySet<string>> {
  const lists = await Promise.all([undefined, ...teams.map((team) => team.name)].map((team) => directory.known(team)))
  const people = lists.flatMap((list) => list?.people ?? []).filter((person) => person.name === name)
  return new Set(people.flatMap((person) => person.email?.toLowerCase() ?? []))
}

function nameIn(actor: Actor): string {
  return actor.slice(actor.indexOf(':') + 1)
}
