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

  const NAMING = (more: string): string => GOOD_CHECKLIST.replace('    command: open dash\n', more)

  test.each([
    [
      'a purge target',
      'command: /purge-push plan mail',
      'steps[0].command: found "mail", which is not a purge target; accepted: push',
    ],
    [
      'a jobs target',
      'command: npx mayday jobs plan puhs-delivery',
      'found "puhs-delivery", which is not a jobs target; accepted: push-delivery?',
    ],
    [
      'a team',
      'command: /mayday page payments now',
      'found "payments", which is not a team; accepted: none is configured',
    ],
    [
      'a team of the terminal',
      'command: npx mayday page "help" --team payments',
      'found "payments", which is not a team',
    ],
    ['a switch', 'command: /mayday switch ios off', 'found "ios", which is not a switch; accepted: none is configured'],
    ['a /mayday command', 'command: /mayday acknowledge', 'found the command "/mayday acknowledge"'],
    ['a /purge-push command', 'command: /purge-push hodl', 'found the command "/purge-push hodl"; accepted: hold?'],
    [
      'an /incident-checklist command',
      'command: /incident-checklist begin',
      'found the command "/incident-checklist begin"',
    ],
    [
      'a command of the terminal',
      'command: npx mayday purges',
      'found the command "npx mayday purges"; accepted: purge?',
    ],
    [
      'a checklist',
      'command: /incident-checklist start site-down',
      'found "site-down", which is not a checklist; accepted: first-steps',
    ],
    [
      'in a help',
      'help: Type `/mayday page payments` or `/mayday help`.',
      'steps[0].help: found "payments", which is not a team',
    ],
    [
      'a condition on a target',
      'done_when: purge_done mail',
      'steps[0].done_when: found "mail", which is not a purge target',
    ],
    ['a condition on a switch', 'done_when: switch_off ios', 'found "ios", which is not a switch'],
    ['a condition on a team', 'done_when: page_acknowledged payments', 'found "payments", which is not a team'],
  ])('%s that the configuration does not know', async (_what, line, fault) => {
    // A help stands where another one stood.
    const text = line.startsWith('help:')
      ? GOOD_CHECKLIST.replace('help: All four of them.', line)
      : NAMING(`    ${line}\n`)
    const dir = folder({ 'first-steps.yml': text })
    const said = await typed(['checklist', 'lint', dir], {})
    expect(said).toMatchObject({ exit: 2, out: [] })
    expect(said.err[0]).toMatch(/first-steps\.yml:\d+:\d+ /)
    expect(said.err[0]).toContain(fault)
    expect(said.err.at(-1)).toMatch(/^1 fault in .* The bot starts/)
  })

  test('what the configuration knows, what the reader fills in, and other words are no faults', async () => {
    const known = [
      'command: /mayday page payments what you need',
      'command: /mayday page TEAM what you need',
      'command: /purge-push undo 12',
      'command: /purge-push count mail',
      'command: npx mayday jobs remove letters',
      'command: kubectl rollout undo deploy/api',
      'done_when: purge_done letters',
      'done_when: page_acknowledged payments',
    ]
    const config = join(folder({}), 'mayday.yml')
    const purge =
      'purge:\n  mail: { layout: keys, pattern: "mail:*" }\njobs:\n  letters: { layout: sidekiq, class: Letter }\n'
    writeFileSync(config, `teams:\n  payments: { escalation_policy: PABC123 }\n${purge}`)
    for (const line of known) {
      const dir = folder({ 'first-steps.yml': NAMING(`    ${line}\n`) })
      expect(await typed(['checklist', 'lint', dir], { MAYDAY_CONFIG: config })).toMatchObject({ exit: 0, err: [] })
    }
    const stale = folder({ 'first-steps.yml': NAMING('    command: /purge-push plan push\n') })
    const said = await typed(['checklist', 'lint', stale], { MAYDAY_CONFIG: config })
    expect(said.err[0]).toContain('found "push", which is not a purge target; accepted: mail')
    writeFileSync(
      config,
      `docs:\n  - { title: Push, url: "https://x.example", about: "See \`/purge-push plan push\`" }\n${purge}`,
    )
    const good = folder({ 'first-steps.yml': GOOD_CHECKLIST })
    expect((await typed(['checklist', 'lint', good], { MAYDAY_CONFIG: config })).err[0]).toMatch(
      /mayday\.yml:2:\d+ docs\[0\]\.about: found "push", which is not a purge target/,
    )
    writeFileSync(config, 'teams: 3\n')
    expect((await typed(['checklist', 'lint', good], { MAYDAY_CONFIG: config })).text).toMatch(/mayday\.yml:1 teams/)
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

test.each([
  [[]],
  [['lits']],
  [['start']],
  [['tick']],
  [['tick', 'a', 'b', 'c']],
  [['list', 'more']],
  [['lint', 'a', 'b']],
])('wrong usage: checklist %j', async (argv) => {
  const said = await typed(['checklist', ...argv], {})
  expect(said).toMatchObject({ exit: 2, out: [] })
  expect(said.text).toMatch(/nothing was done\.\nmayday checklist list, /)
})
