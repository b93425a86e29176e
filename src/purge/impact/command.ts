/** `/purge-push impact NUMBER`: the figures, for the person alone. Device tokens never go into Slack. */
import { escapedText } from '../../mrkdwn.js'
import type { Impacts } from './impact.js'
import { DEVICES_ELSEWHERE, impactLines, READING, SAY_WHICH } from './words.js'

/** `rest`: what was typed behind the subcommand. */
export async function answerImpact(
  impacts: Impacts,
  { rest, user, say }: { readonly rest: string; readonly user: string; readonly say: (text: string) => Promise<void> },
): Promise<string> {
  const number = /^#?(\d{1,9})$/u.exec(rest)?.[1]
  if (number === undefined) return SAY_WHICH
  await say(READING)
  const report = await impacts.report(Number(number), `slack:${user}`)
  // why: a message above 4,000 characters is cut by Slack.
  return `${escapedText(impactLines(report).join('\n'), 3_500)}\n${DEVICES_ELSEWHERE}\`npx mayday purge impact ${number} --devices FILE\`.`
}
