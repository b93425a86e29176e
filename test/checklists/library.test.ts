import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLibrary, reviewAge } from '../../src/checklists/library/library.js'
import { nearest } from '../../src/checklists/library/nearest.js'
import { checklistInvalid, faultText, parseChecklist, parseChecklists } from '../../src/checklists/library/parse.js'
import { MaydayError } from '../../src/errors.js'
import { checklist, NIGHT } from './samples.js'
import { files } from './shipped.js'

const GOOD = `name: site-down
title: Site down
about: The site does not answer.
owner: Web
reviewed: 2021-06-01
review_every: 12w
symptoms: [site down]
docs:
  - title: Runbook
    url: https://wiki.example/site
    about: What to do.
    keywords: [site]
    reviewed: 2021-06-01
steps:
  - id: look
    title: Look at the graphs
    doc: Runbook
    required: true
  - id: mend
    title: Mend it
`

/** The faults of a text, one line each, as `mayday checklist lint` prints them. */
function faults(text: string): readonly string[] {
  const parsed = parseChecklist(text, 'a.yml', NIGHT)
  return 'name' in parsed ? [] : parsed.map(faultText)
}

function changed(from: string | RegExp, to: string): string {
  const text = GOOD.replace(from, to)
  expect(text).not.toBe(GOOD)
  return text
}

describe('a checklist file', () => {
  it('becomes a checklist, with what may be left out filled in', () => {
    const parsed = parseChecklist(GOOD, 'a.yml', NIGHT)
    expect(parsed).toMatchObject({ name: 'site-down', reviewEveryDays: 84, always: false })
    expect(parsed).toMatchObject({
      steps: [
        { id: 'look', required: true },
        { id: 'mend', required: false },
      ],
    })
    expect(parsed).toMatchObject({ docs: [{ title: 'Runbook', reviewEveryDays: 84 }] })
    expect(parseChecklist(changed('review_every: 12w\n', ''), 'a.yml', NIGHT)).toMatchObject({ reviewEveryDays: 90 })
  })

  it('names the key that was probably meant', () => {
    expect(faults(changed('    doc: Runbook', '    dok: Runbook'))).toEqual([
      'a.yml:17:5 steps[0].dok: found the unknown key "dok"; accepted: doc?',
    ])
    expect(faults(changed('owner: Web', 'ownr: Web'))).toEqual([
      expect.stringMatching(/^a\.yml:1:1 owner: found nothing; accepted: text on one line/),
      'a.yml:4:1 ownr: found the unknown key "ownr"; accepted: owner?',
    ])
    expect(faults(changed('owner: Web', 'owner: Web\nzebra: 1'))).toEqual([
      expect.stringMatching(/^a\.yml:5:1 zebra: .*accepted: name, title, about, owner,/),
    ])
  })

  it('refuses a step id or a document title that is there already, and says where', () => {
    expect(faults(changed('id: mend', 'id: look'))).toEqual([
      'a.yml:19:9 steps[1].id: found "look", as in steps[0]; accepted: an id that no other step of this file has',
    ])
    const doc = GOOD.slice(GOOD.indexOf('  - title'), GOOD.indexOf('steps:'))
    expect(faults(GOOD.replace(doc, doc + doc))).toEqual([
      expect.stringMatching(/^a\.yml:14:12 docs\[1\]\.title: found "Runbook", as in docs\[0\]/),
    ])
  })

  it('refuses a step whose document is not listed', () => {
    expect(faults(changed('doc: Runbook', 'doc: Runbok'))).toEqual([
      'a.yml:17:10 steps[0].doc: found "Runbok"; accepted: "Runbook"?',
    ])
    expect(faults(changed('doc: Runbook', 'doc: Something else'))).toEqual([
      expect.stringMatching(/accepted: "Runbook"$/),
    ])
    expect(faults(changed(/docs:.*(?=steps:)/s, ''))).toEqual([expect.stringMatching(/accepted: .*lists none$/)])
  })

  it('refuses a review that has not happened yet, wherever the reviewer lives', () => {
    expect(faults(changed('reviewed: 2021-06-01', 'reviewed: 2021-07-11'))).toEqual([
      'a.yml:5:11 reviewed: found 2021-07-11, which is in the future; accepted: the day it was last read, up to 2021-07-10',
    ])
    expect(faults(changed(/( {4}reviewed: )\S+/, '$12031-01-01'))).toEqual([
      expect.stringMatching(/^a\.yml:13:15 docs\[0\]\.reviewed/),
    ])
    expect(faults(changed('reviewed: 2021-06-01', 'reviewed: 2021-07-10'))).toEqual([])
    const evening = Date.UTC(2021, 6, 10, 13)
    expect(parseChecklist(changed('reviewed: 2021-06-01', 'reviewed: 2021-07-11'), 'a.yml', evening)).toHaveProperty(
      'name',
    )
  })

  it.each([
    ['a date that does not exist', 'reviewed: 2021-06-01', 'reviewed: 2021-02-30', '5:11 reviewed', 'YYYY-MM-DD'],
    ['a date in another order', 'reviewed: 2021-06-01', 'reviewed: 01.06.2021', '5:11 reviewed', 'YYYY-MM-DD'],
    ['a number for a text', 'title: Site down', 'title: 503', '2:8 title', 'in quotes'],
    ['an empty value', 'owner: Web', 'owner:', '4:', 'text on one line'],
    ['a name with spaces', 'name: site-down', 'name: Site Down', '1:7 name', 'lower-case letters'],
    ['yes for true', 'required: true', 'required: yes', '18:15 steps[0].required', 'true or false'],
    ['an interval without a unit', 'review_every: 12w', 'review_every: 90', '6:15 review_every', '90d or 12w'],
    ['an interval that is too long', 'review_every: 12w', 'review_every: 999w', '6:15 review_every', '730d'],
    ['one symptom that is no list', 'symptoms: [site down]', 'symptoms: site down', '7:11 symptoms', 'a list'],
    ['a script for an address', 'https://wiki.example/site', 'javascript:alert(1)', '10:10 docs[0].url', 'http://'],
    ['half a character', 'https://wiki.example/site', '"https://x.example/\\uD800"', '10:10 docs[0].url', 'http://'],
    [
      'an address that would break a link',
      'https://wiki.example/site',
      "'https://x.example/a|b'",
      '10:10 docs[0].url',
      'http://',
    ],
    ['a command of two lines', 'doc: Runbook', 'command: "a\\nb"', '17:14 steps[0].command', 'one line'],
    ['no steps', /steps:.*/s, 'steps: []', '14:8 steps', '1 to 200'],
    [
      'a step that is only a text',
      '  - id: mend\n    title: Mend it',
      '  - mend it',
      '19:5 steps[1]',
      'a step with at least id and title',
    ],
  ])('refuses %s', (_, from, to, place, accepted) => {
    const found = faults(changed(from, to))
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(`a.yml:${place}`)
    expect(found[0]?.split('; accepted: ')[1]).toContain(accepted)
  })

  it('counts on over a step that is none', () => {
    const text = GOOD.replace('  - id: look', '  - look first\n  - id: look').replace('doc: Runbook', 'doc: Other')
    expect(faults(text)).toEqual([
      expect.stringMatching(/^a\.yml:15:5 steps\[0\]: /),
      expect.stringMatching(/^a\.yml:18:10 steps\[1\]\.doc: /),
    ])
  })

  it('shows all faults of a file at once, in the order of its lines', () => {
    const text = GOOD.replace('title: Site', 'titel: Site')
      .replace('doc: Runbook', 'doc: Other')
      .replace('id: mend', 'id: Look!')
    expect(faults(text).map((fault) => fault.split(':')[1])).toEqual(['1', '2', '17', '19'])
  })

  it('shows a key that is there twice together with the other faults', () => {
    const found = faults(changed('owner: Web', 'owner: Web\nowner: App\nzebra: 1'))
    expect(found).toEqual([
      'a.yml:5:1 found a key that this block has already; accepted: every key once',
      expect.stringMatching(/^a\.yml:6:1 zebra/),
    ])
  })

  it.each([
    ['a bracket that does not close', 'symptoms: [site down]', 'symptoms: [site down', 'not YAML'],
    ['a colon in a text', 'title: Site down', 'title: Site: down', 'needs quotes'],
    ['a tab', '  - id: mend', '\t- id: mend', 'not YAML'],
    ['a second document', /$/, '---\na: 1\n', 'one checklist in one file'],
    ['an alias without an anchor', 'owner: Web', 'owner: *web', '&anchor'],
    ['a tag', 'owner: Web', 'owner: !js/function x', 'not YAML'],
  ])('names the line of %s', (_, from, to, told) => {
    const found = faults(changed(from, to))
    expect(found[0]).toMatch(/^a\.yml:\d+:\d+ /)
    expect(found.join()).toContain(told)
  })

  it.each(['', '# only a comment\n', 'just text', '- a\n- b\n', '42'])('refuses %j', (text) => {
    expect(faults(text)).toEqual([expect.stringMatching(/^a\.yml:1:1 found .*; accepted: a checklist: name, title/)])
  })

  it('is not blown up by aliases of aliases', () => {
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x]',
      ...'bcdefgh'
        .split('')
        .map((key, index) => `${key}: &${key} [${Array(9).fill(`*${'abcdefg'[index]}`).join(',')}]`),
    ]
    expect(faults(bomb.join('\n')).join()).toContain('few of them')
  })

  it('never throws and never points outside the file, whatever was done to it', () => {
    const lines = GOOD.split('\n')
    const harm = fc.tuple(
      fc.nat(lines.length - 1),
      fc.nat(3),
      fc.oneof(fc.string(), fc.constantFrom('- ', '  ', ': ', '*a', '&a', '|', '? ', '{', '__proto__: 1')),
    )
    fc.assert(
      fc.property(fc.array(harm, { minLength: 1, maxLength: 4 }), (harms) => {
        const broken = [...lines]
        for (const [line, removed, added] of harms) broken.splice(line, removed, added)
        const text = broken.join('\n')
        const parsed = parseChecklist(text, 'a.yml', NIGHT)
        if ('name' in parsed) return
        expect(parsed.length).toBeGreaterThan(0)
        for (const { line, column } of parsed)
          expect(line >= 1 && line <= text.split('\n').length && column >= 1).toBe(true)
      }),
      { numRuns: 300, endOnFailure: true },
    )
  })
})

describe('several files', () => {
  it('may not share a name, nor two be for every incident, even when they have other faults', () => {
    const always = changed('owner: Web', 'owner: Web\nalways: true')
    const { faults: found } = parseChecklists(
      [
        { file: 'a.yml', text: always },
        { file: 'b.yml', text: always.replace('title: Site', 'titel: Site') },
      ],
      NIGHT,
    )
    expect(found.map(faultText).toSorted()).toEqual([
      expect.stringMatching(/^b\.yml:1:1 title: found nothing/),
      'b.yml:1:7 name: found "site-down", as in a.yml; accepted: a name that no other file has',
      expect.stringMatching(/^b\.yml:2:1 titel/),
      expect.stringMatching(/^b\.yml:5:9 always: found true, as in a\.yml/),
    ])
  })

  it('end a start with one error that holds every fault and the next thing to do', () => {
    const { faults: found } = parseChecklists([{ file: 'a.yml', text: 'name: X' }], NIGHT)
    const error = checklistInvalid(found)
    expect(error).toBeInstanceOf(MaydayError)
    expect(error.code).toBe('CHECKLIST_INVALID')
    for (const fault of found) expect(error.message).toContain(faultText(fault))
    expect(error.hint).toContain('mayday checklist lint')
  })

  it('load together when nothing is wrong', () => {
    expect(parseChecklists(files, Date.UTC(2026, 10, 3))).toMatchObject({
      faults: [],
      checklists: { length: files.length },
    })
  })
})

describe('a library', () => {
  const library = createLibrary([checklist(), checklist({ name: 'on-call', title: 'On-call', always: true })], [])

  it('knows its checklists by name, however it is typed, and what was meant by a near miss', () => {
    expect(library.byName(' Site-Down ')?.title).toBe('Site down')
    expect(library.byName('site')).toBeUndefined()
    expect(library.nearestName('sitedown')).toBe('site-down')
    expect(library.nearestName('oncall')).toBe('on-call')
    expect(library.nearestName('kitchen')).toBeUndefined()
  })

  it('has at most one that is for every incident', () => {
    expect(library.forEveryIncident?.name).toBe('on-call')
    expect(createLibrary([checklist()], []).forEveryIncident).toBeUndefined()
  })

  it('tells how old a review is', () => {
    const noon = Date.UTC(2021, 6, 10, 12)
    expect(reviewAge('2021-07-10', noon)).toEqual({ days: 0, overdue: false })
    expect(reviewAge('2021-07-11', noon)).toEqual({ days: 0, overdue: false })
    expect(reviewAge('2021-04-11', noon)).toEqual({ days: 90, overdue: false })
    expect(reviewAge('2021-04-10', noon)).toEqual({ days: 91, overdue: true })
    expect(reviewAge('2021-07-01', noon, 7)).toEqual({ days: 9, overdue: true })
    expect(reviewAge(undefined, noon)).toEqual({ overdue: true })
  })

  it('lists what is due for a review, longest first, and what nobody ever reviewed before all', () => {
    const docs = [
      { title: 'Old', url: 'https://x.example/1', keywords: ['a'], reviewed: '2020-01-01' },
      { title: 'Never', url: 'https://x.example/2', keywords: ['b'] },
      { title: 'New', url: 'https://x.example/3', keywords: ['c'], reviewed: '2021-07-01' },
    ]
    const stale = createLibrary([checklist({ reviewed: '2021-01-01', docs: [] })], docs).stale(NIGHT)
    expect(stale.map(({ kind, title, days }) => [kind, title, days])).toEqual([
      ['doc', 'Never', undefined],
      ['doc', 'Old', 556],
      ['checklist', 'Site down', 190],
    ])
  })
})

describe('"did you mean"', () => {
  it('takes swapped, missing and doubled letters, and rather nothing than something far away', () => {
    expect(nearest('tilte', ['about', 'title'])).toBe('title')
    expect(nearest('requierd', ['required', 'reviewed'])).toBe('required')
    expect(nearest('x', ['title', 'id'])).toBeUndefined()
    expect(nearest('anything', [])).toBeUndefined()
  })
})
