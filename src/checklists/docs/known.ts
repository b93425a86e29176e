/** What is known of links, as the store has it. */
import { z } from 'zod'
import type { Notes } from '../../ports.js'
import type { KnownLinks } from './links.js'

export const LINKS_NOTE = 'docs:links'

/** What is known of links; damaged, it is as if nothing was. */
export async function knownLinks(notes: Notes): Promise<KnownLinks> {
  return readKnown(await notes.get(LINKS_NOTE)) ?? { since: 0, links: {} }
}

const knownSchema = z.object({
  since: z.number(),
  links: z.record(
    z.string(),
    z.object({
      checkedAt: z.number(),
      kind: z.enum(['answers', 'login', 'unsure', 'broken', 'silent']),
      because: z.string().exactOptional(),
      brokenSince: z.number().exactOptional(),
      dead: z.boolean().exactOptional(),
    }),
  ),
})

/** Undefined: nothing was noted yet, or it is damaged. */
export function readKnown(text: string | undefined): KnownLinks | undefined {
  if (text === undefined) return undefined
  try {
    return knownSchema.safeParse(JSON.parse(text)).data
  } catch {
    // why: it is a memory of questions that can be asked again.
    return undefined
  }
}
