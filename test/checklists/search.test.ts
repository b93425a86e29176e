import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Doc } from '../../src/checklists/checklist.js'
import { createLibrary } from '../../src/checklists/library/library.js'
import { shipped } from './shipped.js'

/** What a team adds in mayday.yml. */
const TEAM_DOCS: readonly Doc[] = [
  {
    title: 'Login and sessions',
    url: 'https://wiki.example/login',
    keywords: ["can't log in", 'login', 'password reset'],
    reviewed: '2021-01-01',
  },
  {
    title: 'Payments',
    url: 'https://wiki.example/payments',
    keywords: ['payments failing', 'checkout broken', 'stripe', 'card declined'],
    reviewed: '2021-01-01',
  },
  {
    title: 'Postgres',
    url: 'https://wiki.example/postgres',
    keywords: ['database slow', 'postgres', 'too many connections', 'deadlock'],
    reviewed: '2021-01-01',
  },
  {
    title: 'Email',
    url: 'https://wiki.example/email',
    keywords: ['email not sent', 'email delivery', 'mailgun'],
    reviewed: '2021-01-01',
  },
]

const library = createLibrary(shipped(), TEAM_DOCS)
const doc = (text: string): string | undefined => library.matchDocs(text)[0]?.doc.title
const list = (text: string): string | undefined => library.matchChecklists(text)[0]?.checklist.name
const PUSH = 'push-notifications'

/** [what was typed, the first document, the first checklist] */
const HITS: readonly (readonly [string, string | undefined, string | undefined])[] = [
  ['push is down', 'Rpush', PUSH],
  ['URGENT everybody is getting the same push notification 5 times!!', 'Rpush', PUSH],
  ['bad deploy queued 1.2M push notifications, help', 'Rpush', PUSH],
  ['notifs are going out twice', 'Rpush', PUSH],
  ['users are getting spamed with notificatons', 'Rpush', PUSH],
  ['how do I stop the pushes?', 'Rpush', PUSH],
  ['stop sending notifications!!!', 'Rpush', PUSH],
  ['push notifcations stuck in queue', 'Rpush', PUSH],
  ['we just sent the wrong push to all users', 'Rpush', PUSH],
  ['someone triggered a million pushes, can we cancel them', 'Rpush', PUSH],
  ['pushes not arriving on iOS', 'Rpush', PUSH],
  ['my phone keeps buzzing', 'Rpush', PUSH],
  ['rpush daemon died', 'Rpush', PUSH],
  ["android users don't get push", 'Firebase status', PUSH],
  ['iPhone notifications missing since 2am', 'Apple system status', PUSH],
  ['sidekiq queue is growing like crazy', "Sidekiq's queues", undefined],
  ['redis out of memory', 'When Redis is full', undefined],
  ['heroku down?', 'Heroku status', 'heroku'],
  ['hreoku is down', 'Heroku status', 'heroku'],
  ['the site is down', 'Heroku status', 'heroku'],
  ['The whole SITE is down!!! <!channel> :fire:', 'Heroku status', 'heroku'],
  ["website won't load", 'Heroku status', 'heroku'],
  ["can't reach the site", 'Heroku status', 'heroku'],
  ['site’s dead', 'Heroku status', 'heroku'],
  ['prod down', 'Heroku status', 'heroku'],
  ['everything is down', 'Heroku status', 'heroku'],
  ['app is not responding', undefined, 'heroku'],
  ['Application error on every page', 'Heroku error codes', 'heroku'],
  ['getting 503s everywhere', 'Heroku error codes', 'heroku'],
  ['H10 in the logs', 'Heroku error codes', 'heroku'],
  ['R14 memory quota exceeded', 'Heroku error codes', 'heroku'],
  ['deploy failed and now the app crashed', 'Heroku releases and roll-back', 'heroku'],
  ['last deploy broke everything, how do we roll back', 'Heroku releases and roll-back', 'heroku'],
  ['We deployed 10 minutes ago and since then 500 errors', 'Heroku releases and roll-back', 'heroku'],
  ['the API is returning 500', 'Heroku error codes', 'heroku'],
  ['Heroku deploy stuck', 'Heroku releases and roll-back', 'heroku'],
  ['release v231 broke checkout', 'Heroku releases and roll-back', 'heroku'],
  ['config var DATABASE_URL is gone', 'Config vars', undefined],
  ['stripe is down', 'Payments', undefined],
  ["can't log in", 'Login and sessions', undefined],
  ['cannot log in', 'Login and sessions', undefined],
  ['nobody can sign in since the weekend', 'Login and sessions', undefined],
  ['login borked', 'Login and sessions', undefined],
  ['payments are failing for EU cards', 'Payments', undefined],
  ['chekout is broken', 'Payments', undefined],
  ['database is super slow', 'Postgres', undefined],
  ['postgres: too many connections', 'Postgres', undefined],
  ['push is fine but postgres is down', 'Postgres', undefined],
  ['emails are not being sent', 'Email', undefined],
  ['email notifications are delayed', 'Email', undefined],
  ['see <https://grafana.example/push-notifications|the checkout graph>, broken', 'Payments', undefined],
]

/** A wrong document costs more than none. */
const MISSES: readonly string[] = [
  'lunch anyone?',
  'test please ignore',
  'down',
  'something is broken',
  'can somebody approve my PR',
  'the office wifi is down',
  'printer is down',
  'I pushed a fix to master',
  'git push fails with permission denied',
  'push to prod please',
  'can I push a small hotfix',
  'someone pushed secrets to github',
  'who can release the hold?',
  'website is fine, just our CI is down',
  'door access broken',
  'phone system down',
  'pushing back the meeting to 3pm',
  'build is red on main',
  'github is down',
  'slack notifications too noisy',
  "laptop won't boot",
  'all good now, thanks',
  'who is on call this weekend?',
  'customers complain that prices are wrong',
  'coffee machine queue',
  'the site looks great. slow down with the memes',
  "users can't upload photos",
  'search returns no results',
  'please release the doc',
  'need to clear my calendar',
  'can someone deploy the site',
  'merge queue is stuck',
  'people are late for the release meeting',
  'https://heroku.com/push-notifications',
  '<@U0HEROKU> :heroku: <#C1|push-notifications>',
  '',
  '!!!',
]

describe('what fits a message', () => {
  it.each(HITS)('%j: document %j, checklist %j', (text, wantedDoc, wantedList) => {
    expect({ doc: doc(text), checklist: list(text) }).toEqual({ doc: wantedDoc, checklist: wantedList })
  })

  it.each(MISSES)('%j: nothing', (text) => {
    expect([...library.matchDocs(text), ...library.matchChecklists(text)]).toEqual([])
  })

  it('says which words of the file fit, and puts the better match first', () => {
    const found = library.matchDocs('bad deploy queued 1.2M push notifications, help')
    expect(found.map(({ doc: { title }, because }) => [title, because])).toEqual([
      ['Rpush', 'notifications queued'],
      ['Heroku releases and roll-back', 'bad deploy'],
    ])
    expect(found[0]?.score).toBeGreaterThan(found[1]?.score ?? 0)
  })

  it('does not offer the checklist that every incident gets anyway', () => {
    const always = library.all.filter((one) => one.always).map((one) => ({ ...one, symptoms: ['kitchen fire'] }))
    expect(createLibrary(always, []).matchChecklists('kitchen fire')).toEqual([])
    const onDemand = always.map((one) => ({ ...one, always: false }))
    expect(createLibrary(onDemand, []).matchChecklists('kitchen fire')).toHaveLength(1)
  })

  it('finds the same for a document however many others there are', () => {
    const alone = createLibrary([], TEAM_DOCS.slice(0, 1))
    for (const text of ["can't log in", 'login borked', 'password resets fail', 'the site is down']) {
      const here = library.matchDocs(text).find((match) => match.doc.title === 'Login and sessions')
      expect(alone.matchDocs(text)[0]).toEqual(here)
    }
  })

  it('shows one address once, found by the words of both lists', () => {
    const [postgres] = TEAM_DOCS.filter((one) => one.title === 'Postgres')
    if (postgres === undefined) throw new Error('the sample has a Postgres document')
    const twice = createLibrary([], [postgres, { ...postgres, title: 'Old title', keywords: ['vacuum'] }])
    expect(twice.matchDocs('vacuum takes for ever').map((match) => match.doc.title)).toEqual(['Postgres'])
    expect(twice.matchDocs('postgres deadlock')).toHaveLength(1)
  })

  it('offers three at most', () => {
    const docs = Array.from({ length: 9 }, (_, index) => ({
      title: `Cat ${index}`,
      url: `https://x.example/${index}`,
      keywords: ['cat'],
    }))
    expect(
      createLibrary([], docs)
        .matchDocs('the cat ate the switch')
        .map((match) => match.doc.title),
    ).toEqual(['Cat 0', 'Cat 1', 'Cat 2'])
  })

  it('finds nothing in an empty library', () => {
    expect(createLibrary([], []).matchDocs('push is down')).toEqual([])
  })

  it('takes any text, gives the same answer twice, and reads no further than people do', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        expect(library.matchDocs(text)).toEqual(library.matchDocs(text))
      }),
      { numRuns: 100 },
    )
    expect(doc(`${'lorem ipsum '.repeat(200)} heroku`)).toBeUndefined()
  })
})

describe('what counts as the same word', () => {
  const found = (keywords: readonly string[], text: string): readonly string[] => {
    const docs = keywords.map((word) => ({
      title: word,
      url: `https://x.example/${word}`,
      keywords: [word],
    }))
    return createLibrary([], docs)
      .matchDocs(text)
      .map((match) => match.doc.title)
  }

  it('is not one of those that stand in every message, even if somebody made it a keyword', () => {
    expect(found(['down', 'site'], 'it is down')).toEqual([])
    expect(found(['site down'], 'the site is down')).toEqual(['site down'])
  })

  it('needs words that prove nothing alone to stand together', () => {
    expect(found(['site down'], 'I put the plan on the site. Then the printer went down.')).toEqual([])
    expect(found(['redis stuck'], 'It must be Redis. All is stuck.')).toEqual(['redis stuck'])
  })

  it('may be misspelt or cut short, but not so far that it is another word', () => {
    expect(found(['token'], 'tkoen expired')).toEqual(['token'])
    expect(found(['token'], 'taken')).toEqual([])
    expect(found(['nation'], 'ration')).toEqual([])
    expect(found(['certificates'], 'the certifcate')).toEqual(['certificates'])
    expect(found(['config'], 'confi')).toEqual(['config'])
    expect(found(['config'], 'conf')).toEqual([])
  })

  it('is no misspelling or beginning of another when it is known itself', () => {
    expect(found(['contract', 'contrast'], 'contrast')).toEqual(['contrast'])
    expect(found(['redirect', 'redirection'], 'redirect')).toEqual(['redirect'])
  })

  it('counts less when it is misspelt: what only just fits is left out beside what fits well', () => {
    const both = ['flamingo wing folded', 'hibernating']
    expect(found(both, 'flamingo wing folded, hibernoting')).toEqual(['flamingo wing folded'])
    expect(found(both, 'hibernoting')).toEqual(['hibernating'])
  })

  it('is the same with a phone\u2019s apostrophe', () => {
    expect(library.matchDocs('can\u2019t log in')).toEqual(library.matchDocs("can't log in"))
  })
})
