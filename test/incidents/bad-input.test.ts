import { afterEach, describe, expect, it } from 'vitest'
import { eventually } from '../support/eventually.js'
import { command, refusedBySlack, wordsInPagerDuty, wordsInSlack } from '../support/heard.js'
import { createStage, type Stage, type Thread } from '../support/stage.js'

let stage: Stage

afterEach(() => stage.close())

const FAMILY = '👩‍👩‍👧‍👦'

/** What the phone of the on-call shows, and the text behind it. */
async function onThePhone(thread: Thread): Promise<{ readonly summary: string; readonly message: string }> {
  await thread.expect(/is paging Alex/)
  expect(stage.pagerduty.incidents()).toHaveLength(1)
  const [event] = stage.pagerduty.events()
  expect(event?.dedup_key).toBe(thread.key)
  expect(refusedBySlack(stage)).toEqual([])
  const message = event?.payload?.custom_details?.['message']
  return { summary: event?.payload?.summary ?? '', message: typeof message === 'string' ? message : '' }
}

describe('whatever a person posts', () => {
  it('40,000 characters: the summary is cut on a whole character, the rest is in the details', async () => {
    stage = await createStage()
    const text = `${'x'.repeat(1_022)}${FAMILY.repeat(3_544)}`.slice(0, 40_000)
    const { summary, message } = await onThePhone(stage.say(text))
    expect(summary.length).toBeLessThanOrEqual(1_024)
    expect(summary).toMatch(/^x{1022}.*…$/u)
    expect(summary).not.toMatch(/\p{Surrogate}/u)
    expect(message.length).toBeGreaterThan(39_990)
    expect(text.startsWith(message)).toBe(true)
  })

  it.each([
    ['emoji and their joiners', `${FAMILY} 🇩🇪 👍🏽 checkout`],
    ['right to left', 'השרת נפל ואין גישה'],
    ['a direction override', 'all fine \u202Enwod si tuokcehc'],
    ['combining marks', 'c\u0335\u0321\u0322h\u0335e\u0335c\u0335k\u0335out is down'],
  ])('%s reach the on-call as they were written', async (_name, text) => {
    stage = await createStage()
    expect(await onThePhone(stage.say(text))).toEqual({ summary: text, message: text })
  })

  it('NUL and other control characters: the page goes without them', async () => {
    stage = await createStage()
    const { summary, message } = await onThePhone(stage.say('push\u0000 is\u0007 down\u0000\nhelp'))
    expect(summary).not.toContain('\u0000')
    expect(message).not.toContain('\u0000')
    expect(summary).toMatch(/^push is.? down help$/)
  })

  it.each([
    ['nothing but a file', { text: '', files: [{ id: 'F1', name: 'graph.png' }] }, /graph\.png/],
    ['white space', { text: ' \n\t ' }, /no text/],
    [
      'blocks without text',
      {
        text: '',
        extra: {
          blocks: [
            { type: 'header', text: { type: 'plain_text', text: 'Disk full' } },
            {
              type: 'rich_text',
              elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: 'on db-1' }] }],
            },
          ],
        },
      },
      /Disk full.*on db-1/s,
    ],
    [
      'an attachment without text',
      { text: '', extra: { attachments: [{ title: 'CPU of web-3', text: 'at 100 %', fallback: 'left out' }] } },
      /^CPU of web-3 at 100 %$/,
    ],
    [
      'an attachment with nothing but its fallback',
      { text: '', extra: { attachments: [{ fallback: 'CPU of web-3 at 100 %' }] } },
      /CPU of web-3/,
    ],
  ])('%s: pages, with what there is to say', async (_name, message, said) => {
    stage = await createStage()
    const { text, ...more } = message
    expect((await onThePhone(stage.say(text, more))).summary).toMatch(said)
  })

  it.each([
    ['an unknown subtype', { subtype: 'hologram' }],
    [
      'unknown fields',
      { extra: { hologram: { depth: [1, { two: null }] }, blocks: null, attachments: 'none', files: {} } },
    ],
    ['no author', { extra: { user: undefined, team: undefined } }],
    ['an author that is no text', { extra: { user: { id: 7 } } }],
  ])('%s: if unsure, page', async (_name, more) => {
    stage = await createStage()
    expect((await onThePhone(stage.say('push is down', more))).summary).toBe('push is down')
  })

  it.each([
    ['text that is a number', { text: 7 }],
    ['text that is missing', {}],
    ['text that is an object', { text: { type: 'mrkdwn', text: 'deep' } }],
    ['blocks that nest for ever', { blocks: nested(500) }],
  ])('%s: pages', async (_name, fields) => {
    stage = await createStage()
    const ts = `${Math.floor(stage.clock.now() / 1000)}.000777`
    stage.slack.emit({ type: 'message', channel: stage.channel, user: stage.people.sam, ts, event_ts: ts, ...fields })
    await eventually(() =>
      expect(stage.pagerduty.events()).toEqual([
        expect.objectContaining({ dedup_key: `slack:${stage.slack.teamId}:${stage.channel}:${ts}` }),
      ]),
    )
  })
})

describe('text that would call people or deceive them', () => {
  it('is nowhere an active mention, link or mark, in Slack or in PagerDuty', async () => {
    stage = await createStage({ yaml: 'teams:\n  payments: {escalation_policy: PX1}\n' })
    const { sam, alex, kim } = stage.people
    const bait = `<!channel> <!here> <!subteam^S1|@oncall> <@${kim}> <#C1|ops> <https://evil.example/|PagerDuty> *bold* \`code\``
    // Typed character by character, and so escaped by Slack: text that only looks like a mention.
    const typed = '&lt;!everyone&gt;'
    stage.pagerduty.addUser({ id: 'PEVIL01', name: `<!channel> <@${kim}>`, email: 'evil@example.com' })
    stage.pagerduty.setOnCall([['PEVIL01', stage.onCall.alex]])
    const thread = stage.say('', { extra: { text: `${bait} ${typed}` } })
    await thread.expect(/is paging.*Alex/)
    const joined = stage.say(bait)
    await joined.expect(/added to emergency/)
    stage.say(bait, { threadTs: thread.ts })
    stage.slack.edit({ channel: stage.channel, ts: thread.ts, text: bait })
    await thread.press('checklist.skip')
    const view = await eventually(() => stage.slack.views(alex).find((one) => one.open) ?? expect.unreachable())
    await stage.slack.submit({ user: alex, viewId: view.id, values: { reason: { reason: bait } } })
    await thread.expect(/1 skipped/)
    for (const typedCommand of [
      '/mayday status',
      `/mayday ${bait}`,
      `/mayday page ${bait}`,
      `/mayday ack ${bait}`,
      `/mayday oncall ${bait}`,
      '/mayday oncall',
      `/mayday note ${bait}`,
      `/incident-checklist ${bait}`,
      `/incident-checklist start ${bait}`,
      `/incident-checklist show ${bait}`,
      '/incident-checklist show',
    ])
      await command(stage, sam, typedCommand)
    await thread.press('incident.resolve')
    await thread.expect(/resolved by/)

    const active = /<!(?:channel|here|everyone|subteam)|<#C1|<https?:[^>|]*evil/
    expect(wordsInSlack(stage).filter((text) => active.test(text))).toEqual([])
    expect(wordsInSlack(stage).filter((text) => text.includes(`<@${kim}`))).toEqual([])
    expect(wordsInPagerDuty(stage).filter((text) => /<(?:!channel|!here|!subteam|@|#)|\|PagerDuty/.test(text))).toEqual(
      [],
    )
    const [event] = stage.pagerduty.events()
    expect(event?.payload?.summary).toBe(
      `@channel @here @oncall @${kim} #ops PagerDuty (https://evil.example/) *bold* \`code\` <!everyone>`,
    )
    expect(refusedBySlack(stage)).toEqual([])
  })
})

function nested(depth: number): unknown[] {
  let block: unknown = { type: 'text', text: 'deep' }
  for (let i = 0; i < depth; i++) block = { type: 'rich_text_section', elements: [block] }
  return [block]
}
