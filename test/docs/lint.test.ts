import { describe, expect, it } from 'vitest'
import { warningsIn } from '../../src/checklists/library/warnings.js'
import { GOOD_CHECKLIST, startDesk } from '../cli/rig.js'

const now = Date.UTC(2026, 10, 20)
const settings = (docs: readonly object[], more: object = {}) => ({
  file: 'mayday.yml',
  text: JSON.stringify({ docs, ...more }, undefined, 1),
})
const DOC = { title: 'Push', url: 'https://w.example/push', keywords: ['push stuck'], reviewed: '2026-11-01' }
const said = (...files: Parameters<typeof warningsIn>[0]): readonly string[] =>
  warningsIn(files, now).map((one) => `${one.path}: ${one.found}; ${one.accepted}`)

describe('lint warns of', () => {
  it('reviews that are overdue by the file’s own measure, and of none', () => {
    expect(said(settings([DOC]))).toEqual([])
    expect(said(settings([{ ...DOC, reviewed: '2026-08-01' }]))).toEqual([
      'docs[0].reviewed: a review 111 days ago; one within 90 days; read it, mend it and set the date',
    ])
    expect(said(settings([{ ...DOC, reviewed: '2026-08-01', review_every: '120d' }]))).toEqual([])
    expect(said(settings([{ ...DOC, review_every: '1w' }]))).toEqual([expect.stringContaining('one within 7 days')])
    const { reviewed: _none, ...unread } = DOC
    expect(said(settings([unread]))).toEqual([
      'docs[0].reviewed: no review; reviewed: the day when somebody who knows last read it',
    ])
    const checklist = `reviewed: 2026-10-01\nreview_every: 4w\ndocs:\n  - ${JSON.stringify({ ...DOC, reviewed: '2026-10-01' })}\n`
    expect(said({ file: 'a.yml', text: checklist })).toEqual([
      'reviewed: a review 50 days ago; one within 28 days; read it, mend it and set the date',
      'docs[0].reviewed: a review 50 days ago; one within 28 days; read it, mend it and set the date',
    ])
  })

  it('documents that no message finds, or only one with the words of their title', () => {
    expect(said(settings([{ ...DOC, title: 'The other', keywords: ['and then'] }]))).toEqual([
      'docs[0].keywords: "The other", which no message finds; keywords: what people in trouble type',
    ])
    expect(said(settings([{ ...DOC, title: 'What to do', keywords: [] }]))).toEqual([
      'docs[0].title: "What to do", which no message finds; keywords: what people in trouble type',
    ])
    expect(said(settings([{ ...DOC, title: 'Postgres', keywords: [] }]))).toEqual([
      expect.stringContaining('a document without keywords'),
    ])
  })

  it('what stands twice, and differs', () => {
    const again = { ...DOC, keywords: ['apns'] }
    const checklist = (doc: object) => ({ file: 'a.yml', text: JSON.stringify({ docs: [doc] }) })
    expect(said(settings([DOC]), checklist(again))).toEqual([])
    expect(said(settings([DOC]), checklist({ ...again, title: 'Pushes', reviewed: '2026-11-02' }))).toEqual([
      'docs[0].url: "https://w.example/push", as in mayday.yml:3 with another title and reviewed; one page with one title, owner and review; the words of several entries are added up',
    ])
    expect(said(settings([DOC, again]))).toEqual([expect.stringMatching(/^docs\[1\]\.url: .* as in mayday\.yml:\d+;/)])
    expect(said(settings([DOC]), checklist({ ...DOC, title: 'PUSH', url: 'https://w.example/other' }))).toEqual([
      'docs[0].title: "PUSH", as in mayday.yml:3 for another page; titles that tell pages apart',
    ])
    expect(said(settings([{ ...DOC, keywords: ['push', 'x', 'Push '] }], { symptoms: ['a b', 'A B'] }))).toEqual([
      'docs[0].keywords[2]: "Push ", which is there already; every phrase once',
      'symptoms[1]: "A B", which is there already; every phrase once',
    ])
  })

  it('nothing in files that are none', () => {
    for (const text of ['', '- a', 'docs: 1', 'docs: [1, {}]', 'a: *b', '\t:', 'docs: [{keywords: {a: 1}}]'])
      expect(
        said({ file: 'a.yml', text }).filter((one) => !/no message finds|no review/.test(one)),
        text,
      ).toEqual([])
  })
})

describe('mayday checklist lint', () => {
  it('tells warnings and ends well; a document that names an unknown target is a fault', async () => {
    const desk = await startDesk()
    desk.configure(JSON.stringify({ docs: [{ ...DOC, reviewed: '2020-01-01' }] }))
    const warned = await desk.type(['checklist', 'lint'])
    expect(warned).toMatchObject({ exit: 0, out: [expect.stringMatching(/: no faults, 1 warning\.$/)] })
    expect(warned.err).toEqual([
      expect.stringMatching(/^warning: .*mayday\.yml:1:\d+ docs\[0\]\.reviewed: found a review \d+ days/),
    ])
    expect((await desk.type(['checklist', 'lint', '--json'])).json()).toMatchObject({
      faults: [],
      warnings: [{ path: 'docs[0].reviewed' }],
    })
    desk.checklist('first-steps.yml', GOOD_CHECKLIST.replace('What users see.', 'First `/purge-push plan mail`.'))
    const wrong = await desk.type(['checklist', 'lint'])
    expect(wrong).toMatchObject({ exit: 2, out: [] })
    expect(wrong.text).toMatch(/docs\[0\]\.about: found "mail", which is not a purge target; accepted: push/)
  })
})
