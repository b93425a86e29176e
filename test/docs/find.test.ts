import { afterEach, describe, expect, it } from 'vitest'
import { learn } from '../../src/checklists/docs/links.js'
import { viewAll } from '../../src/checklists/docs/view.js'
import { docAnswers } from '../../src/checklists/docs/words.js'
import { createLibrary } from '../../src/checklists/library/library.js'
import { docIdOf } from '../../src/ports/docs.js'
import { startDesk, typed } from '../cli/rig.js'
import { command } from '../support/heard.js'
import { createStage, type Stage } from '../support/stage.js'

let stage: Stage | undefined
afterEach(async () => {
  await stage?.close()
  stage = undefined
})

const PUSH = {
  title: 'Push runbook',
  url: 'https://wiki.example.com/push?a=1&b=2',
  keywords: ['push'],
  owner: 'U012AB3CD',
}
const MAIL = {
  title: 'Mail & bounces',
  url: 'https://wiki.example.com/mail',
  keywords: ['mail'],
  owner: 'Growth <team>',
}

describe('/mayday docs', () => {
  it('finds documents and checklists by the words of the trouble, and lists all; guests are refused', async () => {
    stage = await createStage({ yaml: JSON.stringify({ docs: [PUSH, MAIL] }) })
    const { kim, guest } = stage.people
    const found = await command(stage, kim, '/mayday docs push notifications are sent twice')
    expect(found).toContain(
      '<https://wiki.example.com/push?a=1&amp;b=2|Push runbook> _(never reviewed, kept by <@U012AB3CD>)_',
    )
    expect(found).toMatch(/• checklist .*: `\/incident-checklist start push-notifications`/)
    expect(found).not.toContain('bounces')
    expect(await command(stage, kim, '/mayday docs zebra crossing')).toBe(
      'Nothing fits "zebra crossing". `/mayday docs` alone lists every document.',
    )
    const all = await command(stage, kim, '/mayday docs')
    expect(all).toMatch(/^\d+ documents:\n• <.*Push runbook>/)
    expect(all).toContain('|Mail &amp; bounces> _(never reviewed, kept by Growth &lt;team&gt;)_')
    expect(await command(stage, guest, '/mayday docs')).not.toContain('wiki.example.com')
  })

  it('keeps a long list short, and says how many are left', () => {
    const many = Array.from({ length: 200 }, (_, n) => ({ ...MAIL, title: `Page ${n}`, url: `${MAIL.url}/${n}` }))
    const answer = docAnswers.all(viewAll(createLibrary([], many), { since: 0, links: {} }, 0))
    expect(answer.length).toBeLessThan(4_000)
    const shown = answer.split('\n').filter((line) => line.startsWith('•')).length
    expect(answer).toContain(`… and ${200 - shown} more: `)
  })
})

describe('what is known of a link', () => {
  const DAY = 86_400_000
  const now = Date.UTC(2026, 10, 20)
  const row = (...answers: Parameters<typeof learn>[1][]): string => {
    const id = docIdOf(PUSH.url)
    const first = now - answers.length * DAY
    const state = answers.reduce<ReturnType<typeof learn> | undefined>(
      (before, answer, day) => learn(before, answer, first + day * DAY),
      undefined,
    )
    const links = state === undefined ? {} : { [id]: state }
    return docAnswers.all(viewAll(createLibrary([], [PUSH]), { since: 0, links }, now))
  }
  const gone = { kind: 'broken', because: 'HTTP 404' } as const

  it('is said beside the document, and no more than that', () => {
    expect(row()).toMatch(/kept by <@U012AB3CD>\)_$/)
    expect(row({ kind: 'answers' })).toMatch(/kept by <@U012AB3CD>\)_$/)
    expect(row({ kind: 'login' })).toContain('its link needs a login: not checked')
    expect(row({ kind: 'unsure', because: 'it <x> holds' })).toContain('its link was not checked: it &lt;x&gt; holds')
    expect(row(gone)).toContain('its link failed when it was last checked (HTTP 404); one failure proves nothing')
    expect(row(gone, gone)).toContain('its link has failed since 2026-11-18 (HTTP 404)')
  })
})

describe('mayday docs', () => {
  it('searches and lists with nothing but the files, and says that of links nothing is known then', async () => {
    const desk = await startDesk()
    desk.configure(JSON.stringify({ docs: [{ ...PUSH, reviewed: '2020-01-01', about: 'Where pushes queue.' }] }))
    const { MAYDAY_CONFIG, CHECKLISTS_DIR } = desk.env
    const bare = { MAYDAY_CONFIG, CHECKLISTS_DIR }
    const found = await typed(['docs', 'search', 'push', 'is', 'down'], bare)
    expect(found).toMatchObject({ exit: 0, err: [expect.stringMatching(/links live is not known/)] })
    expect(found.out).toEqual([
      'Push runbook: Where pushes queue.',
      `    ${PUSH.url}`,
      expect.stringMatching(/^ {4}reviewed \d+ days ago, review overdue, kept by U012AB3CD$/),
    ])
    expect((await typed(['docs', 'search', 'zebra'], bare)).out).toEqual([
      'Nothing fits "zebra". mayday docs list shows every document.',
    ])
    expect((await desk.type(['docs', 'list'])).text).toMatch(/Push runbook[\s\S]*Status page[\s\S]*kept by Platform$/)
    const json = (await desk.type(['docs', 'list', '--json'])).json()
    expect(json).toMatchObject({
      linksKnown: true,
      docs: [
        { title: 'Push runbook', overdue: true, link: 'unasked' },
        { title: 'Status page', overdue: false, days: 0 },
      ],
    })
    const one = (await typed(['docs', 'search', '--json', 'push'], bare)).json()
    expect(one).toMatchObject({ words: 'push', linksKnown: false, docs: [{ url: PUSH.url }], checklists: [] })
    for (const wrong of [['docs'], ['docs', 'search'], ['docs', 'list', 'x'], ['docs', 'find', 'x']])
      expect(await desk.type(wrong), wrong.join(' ')).toMatchObject({ exit: 2, out: [] })
  })
})
