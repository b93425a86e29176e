/**
 * The bot scopes that Mayday uses, each with what does not work without it. `manifest.yml` asks for exactly these, and
 * a test holds both against the Web API methods that the code calls.
 */
export interface Scope {
  readonly name: string
  /** Completes "Without it Mayday …". */
  readonly without: string
  /** False: pages go out and are told all the same. */
  readonly vital: boolean
}

export const BOT_SCOPES: readonly Scope[] = [
  { name: 'bookmarks:read', without: 'cannot keep the bookmark of what is open', vital: false },
  { name: 'bookmarks:write', without: 'cannot show what is open in a bookmark of the channel', vital: false },
  { name: 'channels:history', without: 'hears nothing in public channels and cannot read what it missed', vital: true },
  { name: 'channels:join', without: 'cannot enter the emergency channel by itself', vital: false },
  { name: 'channels:read', without: 'cannot find the emergency channel by its name', vital: true },
  { name: 'chat:write', without: 'cannot say anything', vital: true },
  { name: 'commands', without: 'has no /mayday, no /incident-checklist and no /purge-push', vital: true },
  { name: 'files:write', without: 'cannot put a review into its thread', vital: false },
  { name: 'groups:history', without: 'hears nothing in private channels', vital: true },
  { name: 'groups:read', without: 'cannot find an emergency channel that is private', vital: true },
  {
    name: 'usergroups:read',
    without: 'lets nobody purge who may only by their user group (permissions.purge.usergroups)',
    vital: false,
  },
  { name: 'users:read', without: 'cannot tell members from guests, so nobody may press its buttons', vital: true },
  { name: 'users:read.email', without: 'cannot give people the credit in PagerDuty', vital: false },
]
