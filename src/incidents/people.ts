/** Who may do what. Asked again at every hop, because anybody in a channel can press a button. Pure. */
import type { Person } from '../ports.js'

/** Whether somebody may, and if not, why, in words that go on from "because". */
export type Verdict = { readonly allowed: true } | { readonly allowed: false; readonly because: string }

/**
 * Acknowledging, resolving, paging further and working on checklists: full members of this workspace. Guests, people of
 * other workspaces (Slack Connect) and bots may post, and so page, and nothing else.
 */
export function mayRespond(person: Person | undefined): Verdict {
  if (person === undefined) return refused('Slack does not know you here')
  switch (person.kind) {
    case 'member':
    case 'admin':
      return { allowed: true }
    case 'guest':
      return refused('you are a guest in this workspace')
    case 'stranger':
      return refused('you belong to another workspace')
    case 'bot':
      return refused('bots may not')
  }
}

function refused(because: string): Verdict {
  return { allowed: false, because }
}
