/** `POST /intake/github`: labelled issues page, and unanswered ones are told of. */
import { afterEach, expect, test } from 'vitest'
import { eventually } from '../support/eventually.js'
import { type IntakeStage, openIntake } from './rig.js'

let stage: IntakeStage
afterEach(() => stage.close())

const YAML = 'intake: { github: { labels: [emergency], answer_within: 2d } }\n'
const told = (words: RegExp) => eventually(() => expect(stage.told().join('\n')).toMatch(words))
const open = async (yaml = YAML) => {
  stage = await openIntake({ yaml })
}

/** As GitHub writes it, with what matters here. */
function issues(action: string, o: { labels?: readonly string[]; label?: string; updated_at?: string } = {}) {
  const { labels = ['emergency'], label, updated_at = '2026-11-25T03:00:00Z' } = o
  return {
    action,
    ...(label === undefined ? {} : { label: { name: label } }),
    issue: {
      ...{
        number: 7,
        title: 'Push is down',
        html_url: 'https://github.com/acme/push/issues/7',
        state: 'open',
        updated_at,
      },
      labels: labels.map((name) => ({ name })),
      user: { login: 'sam', type: 'User' },
    },
    repository: { full_name: 'acme/push' },
    sender: { login: 'sam' },
  }
}

const comment = (association: string, type = 'User') => ({
  ...issues('created'),
  comment: { author_association: association, user: { login: 'kim', type }, body: 'CANARY' },
})

test('only what is signed with the secret', async () => {
  await open()
  const body = issues('opened')
  const headers = { 'x-github-event': 'issues', 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` }
  expect(await stage.post('/intake/github', body, headers)).toBe(401)
  expect(await stage.post('/intake/github', body, { 'x-github-event': 'issues' })).toBe(401)
  expect(await stage.github('ping', { zen: 'Keep it logically awesome.' })).toBe(202)
  expect(await stage.github('issues', { action: 'opened' })).toBe(400)
  expect(stage.pages()).toEqual([])
})

test('an issue with the label pages once, whichever events tell of it; others do not', async () => {
  await open()
  await stage.github('issues', issues('opened', { labels: ['bug'] }))
  await stage.github('issues', issues('labeled', { labels: ['bug'], label: 'bug' }))
  await stage.github('issues', issues('edited'))
  expect(stage.pages()).toEqual([])
  await stage.github('issues', issues('opened'))
  await stage.github('issues', issues('labeled', { label: 'Emergency' }))
  await stage.github('issues', issues('opened'))
  await told(/raised by GitHub: GitHub: acme\/push#7: Push is down https:\/\/github.com\/acme\/push\/issues\/7/)
  await eventually(() => expect(stage.pages()).toHaveLength(1))
  await stage.github('issues', issues('closed'))
  await told(/GitHub says that it is over/)
  expect(stage.pages()).toHaveLength(1)
})

test('one that no member answers is told of once, and nobody is paged for it', async () => {
  await open()
  await stage.github('issues', issues('opened'))
  await eventually(() => expect(stage.pages()).toHaveLength(1))
  await stage.github('issue_comment', comment('NONE'))
  await stage.github('issue_comment', comment('MEMBER', 'Bot'))
  stage.clock.forward('47h')
  stage.clock.forward('61m')
  await told(
    /No member of the team has answered this issue for 2 days: acme\/push#7: Push is down .*Nobody is paged for it/s,
  )
  const late = () => stage.slack.messages(stage.channel).filter((one) => /No member of the team/.test(one.text))
  stage.clock.forward('50h')
  stage.clock.forward('2m')
  expect(late()).toHaveLength(1)
  expect(stage.pages().filter((key) => key.startsWith('alert:'))).toHaveLength(1)
})

test('an answer of a member, or its end, is enough', async () => {
  await open()
  await stage.github('issues', issues('opened'))
  await eventually(() => expect(stage.pages()).toHaveLength(1))
  expect(await stage.github('issue_comment', comment('MEMBER'))).toBe(202)
  const store = stage.bots[0]?.ports.store
  expect(await store?.notes.get('intake:github:waiting')).toBe('[]')
})

test('page_when_late: then it pages, once', async () => {
  await open('intake: { github: { labels: [emergency], answer_within: 2h, page_when_late: true } }\n')
  await stage.github('issues', issues('opened'))
  await eventually(() => expect(stage.pages()).toHaveLength(1))
  stage.clock.forward('121m')
  await eventually(() => expect(stage.pages().filter((key) => key.startsWith('alert:'))).toHaveLength(2))
  await told(/No member of the team has answered this issue/)
})
