/** What helps the one who was woken: documents and checklists. */
import type { Night } from '../night/acts.js'
import type { Scene } from './scenario.js'
import { buttonOf, checklist, lines, ON_CALL, PUSH, tick, tickedItself } from './ticking.js'

export const theDocuments: Scene = {
  at: '02:08',
  title: 'In 2021 nobody found the documents. Here they come by themselves',
  play: async (night) => {
    const { tell, people, reading } = night
    const emergency = night.emergency(0)
    const suggested = () => {
      const card = night.card(emergency)
      return card === undefined ? undefined : reading.pressables(card).find((one) => one.action === 'checklist.start')
    }
    const button = await night.until('the card suggests a checklist that fits the words', suggested, {
      seen: () => `"${night.cardText(emergency)}"`,
    })
    const card = await night.untilCard(emergency, 'the card names documents that fit the words', /Documents: /)
    const rows = reading.lines(card).filter((line) => /\((never )?reviewed\b.*\)$/.test(line))
    night.check(
      'the runbook of this trouble is among them',
      /Push delivery runbook/.test(rows.join()),
      rows.join(' / '),
    )
    for (const row of rows) tell.shows(row)
    tell.seen(`${rows.length} documents fit the words, each with the age of its last review and a button that opens it`)
    await checklist(night, ON_CALL)
    tell.seen('The on-call checklist is in the thread; nobody had to ask for it')
    tell.acts(people.sam.name, `presses "${button.label}"`)
    await night.press('sam', card, 'checklist.start', button.value)
    await checklist(night, PUSH)
    tell.seen('The checklist for exactly this is in the thread')
  },
}

export const theSteps: Scene = {
  at: '02:14',
  title: 'Steps are ticked, by several people at once',
  play: async (night) => {
    const { tell, people } = night
    // Alex has acknowledged by now; nobody has to say it twice.
    await tickedItself(night, ON_CALL, 'Acknowledge', /because PagerDuty says/)
    await tick(night, 'alex', ON_CALL, 'say-so')
    tell.seen('Alex ticks "Say in this thread…"')
    await skipped(night)
    tell.acts(`${people.alex.name} and ${people.kim.name}`, 'press Done on the same step at the same moment')
    await pressedTwice(night, 'contain')
    const told = night.reading.plain((await checklist(night, ON_CALL)).text).split(' Next is')[0] ?? ''
    tell.shows(told, { label: 'checklist:' })
  },
}

async function skipped(night: Night): Promise<void> {
  const { tell, people, slack } = night
  const reason = 'Sam and Kim are awake already'
  tell.acts(people.alex.name, `skips "Call for help early", and is asked why: ${reason}`)
  const message = await checklist(night, ON_CALL)
  await night.press('alex', message, 'checklist.skip', await buttonOf(night, ON_CALL, 'call-help'))
  const modal = await night.until(
    'a modal asks Alex why',
    () => slack.views(people.alex.id).find((view) => view.open && view.callbackId === 'checklist.skip'),
    { seen: () => `${slack.views(people.alex.id).length} modals` },
  )
  const empty = await slack.submit({ user: people.alex.id, viewId: modal.id, values: {} })
  night.check('without a reason it is not skipped', empty.error === 'missing_required', String(empty.error))
  const values = { reason: { reason } }
  const sent = await slack.submit({ user: people.alex.id, viewId: modal.id, values })
  night.check('with one it is', sent.acked && sent.error === undefined, String(sent.error))
  await night.until(
    'the checklist shows the skip with its reason',
    () => lines(night, ON_CALL).some((line) => line.includes('Skipped') && line.includes(reason)),
    { seen: () => lines(night, ON_CALL).join(' / ') },
  )
  tell.seen('Skipped, with the reason for whoever reads it in the morning')
}

/** Two people press the same step: one did it, the other is told so, and both see the same. */
async function pressedTwice(night: Night, step: string): Promise<void> {
  const { people, reading, slack } = night
  const message = await checklist(night, ON_CALL)
  const value = await buttonOf(night, ON_CALL, step)
  const told = () =>
    (['alex', 'kim'] as const).filter((role) =>
      slack.ephemerals(people[role].id).some((one) => one.ts > message.ts && /already/i.test(one.text)),
    )
  await Promise.all([
    night.press('alex', message, 'checklist.done', value),
    night.press('kim', message, 'checklist.done', value),
  ])
  const [late] = await night.until(
    'one of the two is told that the step is done already',
    () => {
      const late = told()
      return late.length === 1 ? late : undefined
    },
    { seen: () => `${told().length} of them were told` },
  )
  const winner = late === 'alex' ? people.kim : people.alex
  const done = await night.until(
    'the checklist names the one who did it',
    () => lines(night, ON_CALL).find((line) => line.includes('Contain before you cure') && line.includes('Done')),
    { seen: () => lines(night, ON_CALL).join(' / ') },
  )
  night.check('it is the one who was not refused', done.includes(winner.name), done)
  const words = reading.plain(
    slack.ephemerals(people[late ?? 'alex'].id).findLast((one) => /already/i.test(one.text))?.text ?? '',
  )
  night.tell.seen(`${winner.name} was first and has the credit`)
  night.tell.shows(words, { label: `only for ${people[late ?? 'alex'].name}:` })
}
