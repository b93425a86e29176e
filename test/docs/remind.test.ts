import { afterEach, describe, expect, it } from 'vitest'
import { dueByOwner, isCalmHour } from '../../src/checklists/docs/due.js'
import { learn } from '../../src/checklists/docs/links.js'
import { stale } from '../../src/checklists/docs/stale.js'
import { reminder } from '../../src/checklists/docs/words.js'
import { createLibrary } from '../../src/checklists/library/library.js'
import { docIdOf } from '../../src/ports/docs.js'
import { eventually } from '../support/eventually.js'
import { createStage, type Stage } from '../support/stage.js'

const DAY = 86_400_000
const now = Date.UTC(2026, 10, 20)
const doc = (title: string, more: object = {}) => ({
  ...{ title, url: `https://wiki.example.com/${title}`, keywords: [title], reviewed: '2026-11-01' },
  ...more,
})

describe('what is due', () => {
  const gone = { kind: 'broken', because: 'HTTP 404' } as const
  const dead = learn(learn(undefined, gone, now - 3 * DAY), gone, now - DAY)
  const library = createLibrary(
    [],
    [
      doc('fresh', { owner: 'Growth' }),
      doc('old', { reviewed: '2026-01-01', owner: 'S012AB3CDE' }),
      doc('gone', { owner: 'U012AB3CD' }),
      doc('both', { reviewed: '2025-01-01', owner: 'U012AB3CD' }),
      doc('nobodys <!channel>', { reviewed: undefined, url: 'https://wiki.example.com/n?a&b' }),
      doc('words', { reviewed: '2026-02-01', owner: 'SUPPORT' }),
    ],
  )
  const links = { [docIdOf('https://wiki.example.com/gone')]: dead, [docIdOf('https://wiki.example.com/both')]: dead }
  const known = { since: 0, links }

  it('is counted, and named once for each owner; mentions are real ones only', () => {
    expect(stale(library, known, now)).toEqual({ checklists: 0, docs: 4, deadLinks: 2 })
    const text = reminder(dueByOwner(library, known, now))
    expect(text.split('\n')).toEqual([
      expect.stringMatching(/^\*5 checklists and documents need somebody who knows\.\*/),
      '• Nobody is named as owner: <https://wiki.example.com/n?a&amp;b|nobodys &lt;!channel&gt;> (never reviewed)',
      '• <@U012AB3CD>: <https://wiki.example.com/both|both> (reviewed 688 days ago, its link has failed since 2026-11-17); <https://wiki.example.com/gone|gone> (reviewed 19 days ago, its link has failed since 2026-11-17)',
      '• <!subteam^S012AB3CDE>: <https://wiki.example.com/old|old> (reviewed 323 days ago)',
      '• SUPPORT: <https://wiki.example.com/words|words> (reviewed 292 days ago)',
    ])
    expect(dueByOwner(createLibrary([], [doc('fresh')]), { since: 0, links: {} }, now)).toEqual([])
  })

  it('however much it is, is one message that Slack takes whole', () => {
    const many = Array.from({ length: 400 }, (_, n) =>
      doc('x'.repeat(150), {
        url: `https://wiki.example.com/${'y'.repeat(n % 2 === 0 ? 200 : 1_900)}/${n}`,
        reviewed: undefined,
        owner: `Team ${n % 20}`,
      }),
    )
    const text = reminder(dueByOwner(createLibrary([], many), { since: 0, links: {} }, now))
    expect(text.length).toBeLessThan(4_000)
    expect(text).toMatch(/• Team 0: .*; and \d+ more\n/)
    expect(text).toMatch(/… and those of \d+ more owners: /)
  })

  it('is said on a working day only, when it is day in Europe and America', () => {
    const calm = Array.from({ length: 7 * 24 }, (_, hour) => now + hour * 3_600_000).filter(isCalmHour)
    expect(calm.map((at) => new Date(at).getUTCHours())).toEqual(Array.from({ length: 5 }, () => [14, 15, 16]).flat())
    expect(calm.every((at) => [1, 2, 3, 4, 5].includes(new Date(at).getUTCDay()))).toBe(true)
  })
})

describe('in Slack', () => {
  let stage: Stage
  afterEach(() => stage.close())

  /** Moves on to the first calm hour that is at least `hours` away. */
  function forwardToCalm(hours: number): void {
    let at = stage.clock.now() + hours * 3_600_000
    while (!isCalmHour(at)) at += 600_000
    stage.clock.forward(`${Math.ceil((at - stage.clock.now()) / 60_000)}m`)
  }
  const reminders = (): readonly string[] => stage.told().filter((text) => /somebody who knows/.test(text))
  const noted = (): Promise<string | undefined> | undefined => stage.bots[0]?.ports.store.notes.get('docs:reminded')

  it('two replicas remind once a month, never while there is an emergency, and not again after a restart', async () => {
    const docs = [doc('push', { reviewed: '2020-01-01', owner: 'U012AB3CD' }), doc('never', { reviewed: undefined })]
    stage = await createStage({ yaml: JSON.stringify({ docs }), replicas: 2 })
    await eventually(async () => expect(await noted()).toBeDefined())
    const thread = stage.say('push is broken')
    await thread.expect(/Documents: .*push \(reviewed/)
    forwardToCalm(25)
    await eventually(() => expect(stage.told().join('\n')).toContain('<!channel>'))
    expect(reminders()).toEqual([])

    await thread.press('incident.resolve')
    await eventually(async () => expect(await stage.bots[0]?.ports.store.incidents.open()).toEqual([]))
    forwardToCalm(1)
    await eventually(() => expect(reminders()).toHaveLength(1))
    expect(reminders()[0]).toMatch(/<@U012AB3CD>: <https:\/\/wiki\.example\.com\/push\|push> \(reviewed \d+ days ago\)/)
    const first = await noted()

    await Promise.all(stage.bots.map((bot) => bot.stop()))
    const again = await stage.bot()
    stage.clock.forward('11m')
    forwardToCalm(24 * 26)
    const other = stage.say('something else')
    await other.expect(/^Checklist/)
    expect([await again.ports.store.notes.get('docs:reminded'), reminders().length]).toEqual([first, 1])
    await other.press('incident.resolve')
    await eventually(async () => expect(await again.ports.store.incidents.open()).toEqual([]))
    forwardToCalm(24 * 5)
    await eventually(() => expect(reminders()).toHaveLength(2))
  })
})
