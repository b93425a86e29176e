import { describe, expect, it } from 'vitest'
import { assign, type Change, type ChecklistRun, skip, startRun, tick, undo } from '../../src/checklists/checklist.js'
import { findStep, progress } from '../../src/checklists/progress.js'
import { progressText } from '../../src/checklists/words.js'
import { ANA, BEN, checklist, incident, minutes, NIGHT, run } from './samples.js'

function runOf(change: Change): ChecklistRun {
  if ('refused' in change) throw new Error(`refused: ${change.refused}`)
  return change.run
}

describe('a run of a checklist', () => {
  it('starts with every step open and its documents copied, so that a changed file changes no running incident', () => {
    const started = startRun(checklist(), { id: 'run-1', incident: incident(12), at: NIGHT, by: 'mayday' })
    expect(started.fact).toEqual({ kind: 'checklist_started', run: 'run-1', checklist: 'site-down' })
    expect(progress(started.run)).toMatchObject({ done: 0, skipped: 0, open: 3, total: 3 })
    expect(started.run.steps[0]?.doc?.url).toBe('https://wiki.example/site')
    expect(started.run.steps[1]?.doc).toBeUndefined()
  })

  it('is plain JSON: what a restart reads back is what was written', () => {
    const busy = runOf(skip(run(), { step: 'note', by: ANA, at: minutes(1), reason: 'no time' }))
    expect(JSON.parse(JSON.stringify(busy))).toEqual(busy)
  })

  it('remembers who did a step and when', () => {
    const change = tick(run(), { step: 'look', by: ANA, at: minutes(3) })
    expect(change).toMatchObject({
      fact: { kind: 'step_done', run: 'run-1', checklist: 'site-down', step: 'look', title: 'Look at the graphs' },
    })
    expect(runOf(change).steps[0]?.state).toEqual({ status: 'done', by: ANA, at: minutes(3) })
  })

  it('tells the second of two people who press done that the first was there, and changes nothing', () => {
    const first = runOf(tick(run(), { step: 'look', by: ANA, at: minutes(3) }))
    expect(tick(first, { step: 'look', by: BEN, at: minutes(3) })).toEqual({
      refused: '"Look at the graphs" was already done by <@U0ANA> at 2021-07-10 02:03 UTC',
    })
  })

  it('tells somebody who skips a done step, or does a skipped one, what happened to it', () => {
    const done = runOf(tick(run(), { step: 'look', by: ANA, at: minutes(3) }))
    expect(skip(done, { step: 'look', by: BEN, at: minutes(4), reason: 'x' })).toMatchObject({
      refused: expect.stringContaining('already done by <@U0ANA>'),
    })
    const skipped = runOf(skip(run(), { step: 'look', by: ANA, at: minutes(3), reason: 'graphs are down' }))
    expect(tick(skipped, { step: 'look', by: BEN, at: minutes(4) })).toMatchObject({
      refused: expect.stringMatching(/already skipped by <@U0ANA>.*because: graphs are down/),
    })
  })

  it('skips only with a reason', () => {
    for (const reason of ['', '  \n'])
      expect(skip(run(), { step: 'look', by: ANA, at: NIGHT, reason })).toMatchObject({
        refused: expect.stringContaining('say why'),
      })
    expect(skip(run(), { step: 'look', by: ANA, at: NIGHT, reason: 'x'.repeat(501) })).toMatchObject({
      refused: expect.stringContaining('500 characters'),
    })
    expect(skip(run(), { step: 'look', by: ANA, at: NIGHT, reason: ' no graphs ' })).toMatchObject({
      fact: { kind: 'step_skipped', reason: 'no graphs' },
    })
  })

  it('opens a step again, once', () => {
    const done = runOf(tick(run(), { step: 'look', by: ANA, at: minutes(3) }))
    const opened = undo(done, { step: 'look', by: BEN, at: minutes(4) })
    expect(opened).toMatchObject({ fact: { kind: 'step_undone', step: 'look' } })
    expect(runOf(opened)).toEqual(run())
    expect(undo(runOf(opened), { step: 'look', by: ANA, at: minutes(4) })).toMatchObject({
      refused: expect.stringContaining('open already'),
    })
  })

  it('gives a step to somebody, passes it on, and keeps the name through an undo', () => {
    const given = assign(run(), { step: 'mend', by: ANA, at: NIGHT, assignee: BEN })
    expect(given).toMatchObject({ fact: { kind: 'step_assigned', assignee: BEN } })
    expect(assign(runOf(given), { step: 'mend', by: ANA, at: NIGHT, assignee: BEN })).toMatchObject({
      refused: expect.stringContaining('already with <@U0BEN>'),
    })
    const passedOn = runOf(assign(runOf(given), { step: 'mend', by: BEN, at: NIGHT, assignee: ANA }))
    const back = runOf(
      undo(runOf(tick(passedOn, { step: 'mend', by: ANA, at: NIGHT })), { step: 'mend', by: ANA, at: NIGHT }),
    )
    expect(back.steps[2]?.assignee).toBe(ANA)
  })

  it('gives nobody a step that is done', () => {
    const done = runOf(tick(run(), { step: 'mend', by: 'terminal:ana', at: minutes(3) }))
    expect(assign(done, { step: 'mend', by: BEN, at: minutes(4), assignee: BEN })).toMatchObject({
      refused: expect.stringContaining('already done by ana (at a terminal)'),
    })
  })

  it('counts done and skipped apart and names what is required and open', () => {
    const first = runOf(tick(run(), { step: 'look', by: ANA, at: NIGHT }))
    const second = runOf(skip(first, { step: 'note', by: ANA, at: NIGHT, reason: 'no time' }))
    expect(progress(second)).toMatchObject({ done: 1, skipped: 1, open: 1, total: 3 })
    expect(progress(second).openRequired.map((step) => step.id)).toEqual(['mend'])
    expect(progress(run()).openRequired.map((step) => step.id)).toEqual(['look', 'mend'])
    expect(progressText(progress(second))).toBe('1 of 3 done, 1 skipped')
    expect(progressText(progress(first))).toBe('1 of 3 done')
  })

  it('says which steps there are when one is not among them, without pinging anybody', () => {
    const change = tick(run(), { step: '<!channel>', by: ANA, at: NIGHT })
    expect(change).toEqual({
      refused: 'there is no step "&lt;!channel&gt;" in this checklist; its steps are look, note, mend',
    })
  })

  it('finds a step by its id or by its number', () => {
    expect(findStep(run(), 'mend')?.id).toBe('mend')
    expect(findStep(run(), ' 2 ')?.id).toBe('note')
    expect(findStep(run(), '0')).toBeUndefined()
    expect(findStep(run(), '4')).toBeUndefined()
    expect(findStep(run(), 'mendd')).toBeUndefined()
  })
})
