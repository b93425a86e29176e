import { describe, expect, it } from 'vitest'
import type { ChecklistRun } from '../../src/checklists/checklist.js'
import { CONDITIONS, type Condition, effectOf, isConditionName, metBy } from '../../src/checklists/conditions.js'
import { parseChecklist } from '../../src/checklists/library/parse.js'
import { orphans, overdue, reviewBlockers } from '../../src/checklists/progress.js'
import { because } from '../../src/checklists/words.js'
import type { Fact, FactBody, PageId } from '../../src/incidents/incident.js'
import { checklist, incident, minutes, NIGHT, run } from './samples.js'

const page = 'p1' as PageId
let count = 0
function fact(body: FactBody, actor: Fact['actor'] = 'mayday'): Fact {
  count += 1
  return { id: `f${count}`, incidentId: incident(12), at: minutes(count), actor, ...body }
}

const done = fact({ kind: 'purge_done', purge: 3, target: 'push', removed: 10, remaining: 0 })
const held = fact({ kind: 'purge_held', target: 'push', held: 5 })
const released = fact({ kind: 'purge_released', target: 'push', released: 5, arrived: 0 })
const taken = fact({ kind: 'page_acknowledged', page }, 'pagerduty:Alex Oncall')

/** Each condition with a fact that makes it true, one that takes it back where there is one, and the reason it gives. */
const TABLE: Readonly<Record<keyof typeof CONDITIONS, readonly [Fact, Fact | undefined, string]>> = {
  page_acknowledged: [
    taken,
    fact({ kind: 'page_unacknowledged', page }),
    'PagerDuty says that Alex Oncall took the page',
  ],
  severity_set: [fact({ kind: 'severity_set', severity: 2 }), undefined, 'severity 2 was set'],
  purge_planned: [
    fact({ kind: 'purge_planned', purge: 3, target: 'push', count: 1, digest: 'd' }),
    undefined,
    'purge 3 of push was previewed',
  ],
  purge_done: [
    done,
    fact({ kind: 'purge_undone', purge: 3, target: 'push', restored: 1, occupied: 0, failed: 0 }),
    'purge 3 of push was verified: none of what was planned is left',
  ],
  purge_undone: [
    fact({ kind: 'purge_undone', purge: 3, target: 'push', restored: 1, occupied: 0, failed: 0 }),
    undefined,
    'purge 3 of push was undone',
  ],
  delivery_held: [held, undefined, 'delivery of push was put on hold'],
  delivery_released: [released, held, 'delivery of push was let go on'],
  switch_off: [fact({ kind: 'switch_off', switch: 'ios', detail: 'x' }), undefined, 'the switch ios is off'],
  switch_on: [
    fact({ kind: 'switch_on', switch: 'ios', detail: 'x' }),
    fact({ kind: 'switch_off', switch: 'ios', detail: 'x' }),
    'the switch ios is on again',
  ],
  incident_mitigated: [
    fact({ kind: 'incident_mitigated' }),
    fact({ kind: 'mitigation_withdrawn' }),
    'users were said to feel it no longer',
  ],
  incident_resolved: [
    fact({ kind: 'incident_resolved', falseAlarm: false }),
    fact({ kind: 'page_unacknowledged', page }),
    'the emergency was closed',
  ],
}

describe('a condition of a step', () => {
  it.each(Object.entries(TABLE))('%s comes true, says why, and may be taken back', (name, [met, undone, why]) => {
    if (!isConditionName(name)) throw new Error(name)
    expect(effectOf({ name }, met)).toBe('met')
    expect(because.met(met)).toBe(why)
    if (undone === undefined) return
    expect(effectOf({ name }, undone)).toBe('undone')
    expect(because.undone(undone)).not.toBe(because.undone(met))
    expect(metBy({ name }, [met, undone])).toBeUndefined()
    expect(metBy({ name }, [undone, met])).toBe(met)
  })

  it('is not met by a purge that left something, nor by another target, switch or team', () => {
    expect(effectOf({ name: 'purge_done' }, { ...done, remaining: 1 } as Fact)).toBeUndefined()
    expect(effectOf({ name: 'purge_done', of: 'push' }, done)).toBe('met')
    for (const condition of [
      { name: 'purge_done', of: 'mail' },
      { name: 'delivery_held', of: 'mail' },
    ] as const satisfies readonly Condition[])
      for (const one of [done, held]) expect(effectOf(condition, one)).toBeUndefined()
    expect(effectOf({ name: 'page_acknowledged', of: 'payments' }, taken)).toBeUndefined()
    const theirs: Fact = { ...taken, team: 'payments' } as Fact
    expect(effectOf({ name: 'page_acknowledged' }, theirs)).toBeUndefined()
    expect(effectOf({ name: 'page_acknowledged', of: 'payments' }, theirs)).toBe('met')
  })

  it('that is over does not count for a checklist that is started later', () => {
    expect(metBy({ name: 'delivery_held' }, [held])).toBe(held)
    expect(metBy({ name: 'delivery_held' }, [held, released])).toBeUndefined()
    expect(metBy({ name: 'delivery_released' }, [held, released, held])).toBeUndefined()
  })

  it.each([
    ['purge_done push', { name: 'purge_done', of: 'push' }],
    ['page_acknowledged', { name: 'page_acknowledged' }],
  ])('is read from a file: %s', (said, read) => {
    expect(parseChecklist(file(`done_when: ${said}`), 'a.yml', NIGHT)).toMatchObject({ steps: [{ doneWhen: read }] })
  })

  it.each(['purge_finished', 'severity_set push', 'purge_done push mail', 'Purge_Done', '3'])(
    'that is not in the list is refused with the list: %s',
    (said) => {
      const [fault] = parseChecklist(file(`done_when: ${said}`), 'a.yml', NIGHT) as readonly { accepted: string }[]
      for (const name of Object.keys(CONDITIONS)) expect(fault?.accepted).toContain(name)
    },
  )
})

describe('what is left of a run', () => {
  it('a day is counted from the start, and is over when it is over everywhere', () => {
    expect(parseChecklist(file('due: 2d'), 'a.yml', NIGHT)).toMatchObject({ steps: [{ dueDays: 2 }] })
    const late = run(checklist({ steps: [{ id: 'tell', title: 'Tell', required: true, dueDays: 2 }] }))
    expect(late.steps[0]).toMatchObject({ due: '2021-07-12' })
    expect(overdue(late, Date.UTC(2021, 6, 13, 11, 59))).toEqual([])
    expect(overdue(late, Date.UTC(2021, 6, 13, 12, 1))).toEqual(late.steps)
  })

  it('knows what nobody has, and what blocks the review until it is dealt with', () => {
    const steps = [
      { id: 'own', title: 'Own', required: true, owner: 'Web' },
      { id: 'free', title: 'Free', required: true },
      { id: 'tell', title: 'Tell', required: true, blocksReview: true, owner: 'Support' },
    ]
    const fresh = run(checklist({ steps }))
    expect(orphans(fresh).map((step) => step.id)).toEqual(['free'])
    expect(reviewBlockers(fresh).map((step) => step.id)).toEqual(['tell'])
    const told: ChecklistRun = {
      ...fresh,
      steps: fresh.steps.map((step) => ({ ...step, state: { status: 'done', by: 'mayday', at: NIGHT } })),
    }
    expect([...orphans(told), ...reviewBlockers(told)]).toEqual([])
  })
})

function file(more: string): string {
  const head = 'name: a\ntitle: A\nabout: B\nowner: C\nreviewed: 2021-07-01\n'
  return `${head}steps:\n  - id: one\n    title: One\n    ${more}\n`
}
