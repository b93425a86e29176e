import type { Notes } from '../../ports.js'

/**
 * The emergency channel's id without asking Slack, which may be down: as it is set, or as Slack last said it (kept by
 * `place.ts`); its name when nothing better is known. Only the thread hangs on it.
 */
export async function knownChannel(channel: string, notes: Notes): Promise<string> {
  if (/^[CG][A-Z0-9]{2,}$/u.test(channel)) return channel
  return (await notes.get(`slack.channel:${channel.toLowerCase()}`)) ?? channel
}
