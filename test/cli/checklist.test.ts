import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { GOOD_CHECKLIST, typed } from './rig.js'

/** A folder of checklists and nothing else: no other setting is given. */
function folder(files: Readonly<Record<string, string>>): string {
  const dir = mkdtempSync(join(tmpdir(), 'mayday-lists-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text)
  return dir
}

describe('lint', () => {
  test('a good folder', async () => {
    const dir = folder({ 'first-steps.yml': GOOD_CHECKLIST, 'notes.txt': 'not a checklist' })
    expect(await typed(['checklist', 'lint', dir], {})).toMatchObject({
      exit: 0,
      out: [`1 checklist in ${dir}: no faults.`],
      err: [],
    })
    expect((await typed(['checklist', 'lint'], { CHECKLISTS_DIR: dir })).exit).toBe(0)
  })

  test('a broken folder: every fault of every file with its line, exit status 2', async () => {
    const dir = folder({
      'a.yml': `${GOOD_CHECKLIST}  - id: look\n    titel: again\n`,
      'b.yml': 'name: b\n\tbroken: yes\n',
      'c.yaml': GOOD_CHECKLIST,
    })
    const said = await typed(['checklist', 'lint', dir], {})
    expect(said).toMatchObject({ exit: 2, out: [] })
    for (const fault of [
      /\/a\.yml:23:5 steps\[2\]\.titel: found the unknown key .*; accepted: title\?/,
      /\/a\.yml:22:9 steps\[2\]\.id: found .*look.*, as in steps\[0\]/,
      /\/b\.yml:2:\d+ found /,
      /\/c\.yaml:1:7 name: found .*first-steps.*, as in .*a\.yml/,
    ]) {
      expect(said.text).toMatch(fault)
    }
    expect(said.err.at(-1)).toMatch(/^\d+ faults in .*does not start until/)
    const json = await typed(['checklist', 'lint', dir, '--json'], {})
    expect(json.exit).toBe(2)
    expect(json.json()).toMatchObject({
      files: 3,
      faults: expect.arrayContaining([expect.objectContaining({ line: 23, column: 5, path: 'steps[2].titel' })]),
    })
  })

  test('nothing there to check is no success', async () => {
    const dir = folder({})
    expect(await typed(['checklist', 'lint', dir], {})).toMatchObject({
      exit: 2,
      err: [expect.stringMatching(/^There is no checklist in /)],
    })
    expect((await typed(['checklist', 'lint', join(dir, 'gone')], {})).exit).toBe(2)
    mkdirSync(join(dir, 'folder.yml'))
    expect((await typed(['checklist', 'lint', dir], {})).exit).toBe(2)
  })
})

test('list', async () => {
  const env = { CHECKLISTS_DIR: folder({ 'first-steps.yml': GOOD_CHECKLIST }) }
  expect((await typed(['checklist', 'list'], env)).out).toEqual([
    'first-steps  First steps: What to do first. (reviewed today)',
  ])
  expect((await typed(['checklist', 'list', '--json'], env)).json()).toEqual({
    checklists: [expect.objectContaining({ name: 'first-steps', always: true, steps: 2, overdue: false })],
  })
  const old = folder({ 'first-steps.yml': GOOD_CHECKLIST.replace(/reviewed: .*/, 'reviewed: 2020-01-01') })
  expect((await typed(['checklist', 'list'], { CHECKLISTS_DIR: old })).text).toMatch(/days ago, review overdue\)/)
})

test('show: what a person needs to work from it, without Slack', async () => {
  const env = { CHECKLISTS_DIR: folder({ 'first-steps.yml': GOOD_CHECKLIST }) }
  const said = await typed(['checklist', 'show', 'first-steps'], env)
  expect(said.exit).toBe(0)
  expect(said.out).toEqual([
    'First steps',
    'What to do first. (owner: Platform, reviewed today)',
    '',
    ' 1. Look at the dashboards (required)',
    '    All four of them.',
    '    Type: open dash',
    '    Status page: https://status.example.com',
    ' 2. Tell the others',
    '',
    'Documents:',
    '  Status page: https://status.example.com',
  ])
  expect((await typed(['checklist', 'show', 'first-steps', '--json'], env)).json()).toMatchObject({
    name: 'first-steps',
    steps: [{ id: 'look' }, { id: 'tell' }],
  })
  expect(await typed(['checklist', 'show', 'frist-steps'], env)).toMatchObject({
    exit: 1,
    err: [expect.stringMatching(/no checklist "frist-steps"/), 'Did you mean first-steps?'],
  })
})

test.each([[[]], [['lits']], [['show']], [['list', 'more']], [['lint', 'a', 'b']]])(
  'wrong usage: checklist %j',
  async (argv) => {
    const said = await typed(['checklist', ...argv], {})
    expect(said).toMatchObject({ exit: 2, out: [] })
    expect(said.text).toMatch(/nothing was done\.\nmayday checklist list, /)
  },
)
