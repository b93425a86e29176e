import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { checklistCard } from '../../src/checklists/card.js'
import { CONDITIONS } from '../../src/checklists/conditions.js'
import { createLibrary } from '../../src/checklists/library/library.js'
import { SUBCOMMANDS } from '../../src/incidents/commands.js'
import { run } from './samples.js'
import { files, SHIPPED_DAY, shipped } from './shipped.js'

/** What Mayday can be told to do, as its documentation lists it. */
const KNOWN = [
  new RegExp(`^/mayday (${Object.keys(SUBCOMMANDS).join('|')})( .+)?$`),
  /^\/purge-push (count|plan|status|pause|resume|cancel|hold|release|history|undo JOB)$/,
  /^\/incident-checklist (list|show|start [a-z-]+)$/,
  /^npx mayday jobs (count|plan|remove|undo)( [a-z-]+)?$/,
]

describe('the checklists that ship', () => {
  it('are without a fault, and one of them is for every incident', () => {
    const library = createLibrary(shipped(), [])
    expect(library.all.map((one) => one.name)).toEqual(
      expect.arrayContaining(['heroku', 'on-call', 'push-notifications']),
    )
    expect(library.forEveryIncident?.name).toBe('on-call')
  })

  it('lie in files of their own names', () => {
    expect(
      shipped()
        .map((one) => `checklists/${one.name}.yml`)
        .toSorted(),
    ).toEqual(files.map((one) => one.file).toSorted())
  })

  it('tell people to type only what Mayday knows', () => {
    const steps = shipped().flatMap((one) => one.steps)
    const typed = steps.flatMap((step) =>
      [step.command ?? [], step.help?.match(/(?<=`)(\/|npx mayday)[^`]*/g) ?? []].flat(),
    )
    expect(typed.length).toBeGreaterThan(15)
    const unknown = typed.filter((command) => !KNOWN.some((known) => known.test(command)))
    expect(unknown).toEqual([])
  })

  it('hold delivery and remove the jobs before the purge, verify after it, and only then let delivery go on', () => {
    const ids = shipped()
      .find((one) => one.name === 'push-notifications')
      ?.steps.map((step) => step.id)
    const order = [
      'stop-source',
      'hold',
      'jobs-remove',
      'count',
      'preview',
      'purge',
      'verify',
      'release',
      'test',
      'tell-users',
    ]
    expect(ids?.filter((id) => order.includes(id))).toEqual(order)
  })

  it('link only documents over https, each with somebody who has read it', () => {
    for (const doc of shipped().flatMap((one) => one.docs)) {
      expect(doc.url).toMatch(/^https:\/\//)
      expect(doc.reviewed).toMatch(/^\d{4}-\d{2}-\d{2}$/)
    }
  })

  it('fit into one Slack message, so that nobody turns pages at 2 am', () => {
    for (const one of shipped()) {
      const { blocks } = checklistCard({ ...run(one), id: '01ARZ3NDEKTSV4RRFFQ69G5FAV' }, { now: SHIPPED_DAY })
      const rows = blocks.filter((block) => block.block_id?.startsWith('step:'))
      expect({ name: one.name, rows: rows.length }).toEqual({ name: one.name, rows: one.steps.length })
    }
  })
})

describe('the list of conditions in the guide', () => {
  it('is the one that files may use', () => {
    const guide = readFileSync(new URL('../../.github/CONTRIBUTING.md', import.meta.url), 'utf8')
    const part = guide.slice(guide.indexOf('## What a checklist holds'), guide.indexOf('## Words'))
    for (const name of Object.keys(CONDITIONS)) expect(part).toContain(`\`${name}`)
  })
})
