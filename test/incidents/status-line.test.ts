import { afterEach, expect, it } from 'vitest'
import { eventually } from '../support/eventually.js'
import { passing, quietly } from '../support/passing.js'
import { createStage, type Stage } from '../support/stage.js'
import { expectReply } from '../support/truth.js'

let stage: Stage

afterEach(() => stage.close())

interface Shown {
  readonly id: string
  readonly title: string
  readonly link: string
}

async function slack(method: string, args: Readonly<Record<string, string>> = {}): Promise<Record<string, unknown>> {
  const answer = await fetch(`${stage.slack.apiUrl}${method}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${stage.slack.botToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ channel_id: stage.channel, ...args }),
  })
  return (await answer.json()) as Record<string, unknown>
}
const shown = async () => (await slack('bookmarks.list'))['bookmarks'] as readonly Shown[]
/** Anybody's, with words that come close to Mayday's. */
const foreign = (title: string) =>
  slack('bookmarks.add', { title, type: 'link', link: 'https://wiki.example.com/archives/C1/p1' })

it('keeps one bookmark that names what is open and leads to the newest card, for two replicas, across a restart', async () => {
  stage = await createStage({ replicas: 2, yaml: 'paging: { join_window: 0s }' })
  await foreign('Mayday: how it works')
  await foreign('Mayday: 1 emergency is open: #1 a copy of somebody')
  const first = stage.say('checkout <!channel> fails')
  await passing(stage, '1s', async () => expect(await shown()).toHaveLength(3))
  const second = stage.say('and mails are late')
  const titled = /^Mayday: 2 emergencies are open: #2 and mails are late, #1 checkout @channel fails$/u
  await passing(stage, '1s', async () => expect((await shown())[2]?.title).toMatch(titled))
  const [, , mine] = await shown()
  const card = await eventually(() => expectReply(second, /Emergency #2/u))
  expect(mine?.link).toMatch(new RegExp(`/archives/${stage.channel}/p${card.ts.replace('.', '')}\\?thread_ts=`, 'u'))

  await Promise.all(stage.bots.map((bot) => bot.stop()))
  await Promise.all([stage.bot(), stage.bot()])
  await second.press('incident.resolve')
  await passing(stage, '1s', async () =>
    expect((await shown())[2]?.title).toMatch(/^Mayday: 1 emergency is open: #1 /u),
  )
  expect(await shown()).toHaveLength(3)
  await first.press('incident.resolve')
  await passing(stage, '1s', async () =>
    expect((await shown()).map((one) => one.title)).toEqual([
      'Mayday: how it works',
      'Mayday: 1 emergency is open: #1 a copy of somebody',
    ]),
  )
})

it('does without where Slack does not let it, and has it when it may', async () => {
  stage = await createStage()
  stage.slack.setScopes(['chat:write', 'channels:history', 'channels:read', 'users:read'])
  const thread = stage.say('checkout fails')
  await eventually(() => expectReply(thread, /is paging Alex Rivera/u))
  await quietly(stage, '10s', 4)
  expect(await stage.bots[0]?.app.health()).toEqual([])
  stage.slack.setScopes([
    'chat:write',
    'channels:history',
    'channels:read',
    'users:read',
    'bookmarks:read',
    'bookmarks:write',
  ])
  await passing(stage, '1m', async () => expect(await shown()).toHaveLength(1))
})
