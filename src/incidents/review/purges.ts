/** What was removed, in the review: counts, archive, who confirmed, and what is still on hold. Pure. */
import type { Fact } from '../incident.js'
import { counted, listed, type Teller } from '../timeline/tell.js'
import { sentenceOf } from '../timeline/timeline.js'
import { factsOf, heldOf, type PurgeStory, purgesOf } from './figures.js'
import { momentOf } from './markdown.js'
import { NOT_RECORDED, NOTHING } from './words.js'

/** One bullet for each purge, hold and release. */
export function purgeLines(facts: readonly Fact[], teller: Teller): readonly string[] {
  const lines = [
    ...purgesOf(facts).map((story) => purgeLine(story, teller)),
    ...factsOf(facts, 'purge_held', 'purge_released').map(
      (fact) => `${momentOf(fact.at)} ${teller.name(fact.actor)} ${sentenceOf(fact, teller)}`,
    ),
    ...heldOf(facts).map((target) => `**Still on hold, as far as it is recorded: ${teller.text(target)}**`),
  ]
  return lines.length === 0 ? [NOTHING.purges] : lines.map((one) => `- ${one}`)
}

function purgeLine(story: PurgeStory, teller: Teller): string {
  const { purge, target, planned, confirmedBy, done, undone, last } = story
  const plan = planned === undefined ? NOT_RECORDED : counted(planned, 'entry', 'entries')
  const by = confirmedBy.length === 0 ? 'not confirmed' : `confirmed by ${listed(confirmedBy.map(teller.name))}`
  const outcome =
    done === undefined
      ? `last recorded at ${momentOf(last.at)}: ${sentenceOf(last, teller)}`
      : `${counted(done.removed, 'entry', 'entries')} removed, ${done.remaining === 0 ? 'none of the plan left' : `${counted(done.remaining, 'entry', 'entries')} of the plan still there`}`
  const back = undone === undefined ? '' : `; ${counted(undone.restored, 'entry', 'entries')} put back by undo`
  return `Purge ${purge} of ${teller.text(target)}: planned ${plan}; ${by}; ${outcome}${back}; archive: ${archiveWords(story)}`
}

function archiveWords({ archive, purge, done, undone }: PurgeStory): string {
  if (archive === undefined) return NOT_RECORDED
  if (!archive) return 'none was kept'
  const canUndo = done !== undefined && done.removed > 0 && undone === undefined
  return canUndo ? `kept, \`/purge-push undo ${purge}\` puts it back while it is kept` : 'kept'
}
