import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLinks } from '../../src/adapters/links.js'
import { knownLinks } from '../../src/checklists/docs/known.js'
import { deadSince, isDue, type KnownLinks, learn, shownBy } from '../../src/checklists/docs/links.js'
import { docIdOf, type LinkAnswer } from '../../src/ports/docs.js'
import { eventually } from '../support/eventually.js'
import { createStage, type Stage } from '../support/stage.js'

interface Wiki {
  readonly url: string
  readonly asked: IncomingMessage[]
  /** Requests that were under way at once, at most. */
  most: number
  /** Status by method and path; "HEAD /a" goes before "/a". A number below 0: no answer. A text: a redirect there. */
  readonly pages: Map<string, number | string>
  close(): Promise<void>
}

async function createWiki(): Promise<Wiki> {
  let busy = 0
  const pages = new Map<string, number | string>()
  const asked: IncomingMessage[] = []
  const server: Server = createServer((req, res) => {
    asked.push(req)
    busy += 1
    wiki.most = Math.max(wiki.most, busy)
    res.on('close', () => {
      busy -= 1
    })
    const answer = pages.get(`${req.method} ${req.url}`) ?? pages.get(req.url ?? '') ?? 404
    if (answer === -1) return
    if (typeof answer === 'string') res.writeHead(302, { location: answer }).end()
    else res.writeHead(answer).end(req.method === 'HEAD' ? undefined : 'x'.repeat(100_000))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const wiki: Wiki = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    most: 0,
    pages,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return wiki
}

let wiki: Wiki
let stage: Stage | undefined
let dir = ''
beforeEach(async () => {
  wiki = await createWiki()
  dir = await mkdtemp(join(tmpdir(), 'mayday-docs-'))
})
afterEach(async () => {
  await stage?.close()
  stage = undefined
  await wiki.close()
  await rm(dir, { recursive: true, force: true })
})

const secret = 'R0123456789abcdef0123456789abcde'

/** Methods and paths in the order in which they were asked. */
function calls(): readonly string[] {
  return wiki.asked.map((req) => `${req.method} ${req.url}`)
}

describe('one address', () => {
  const links = createLinks({ secrets: [secret] })
  const ask = (path: string): Promise<LinkAnswer> => links.ask(`${wiki.url}${path}`, new AbortController().signal)

  it('is asked by HEAD, and by GET where that does not tell', async () => {
    wiki.pages.set('/there', 200).set('HEAD /shy', 405).set('GET /shy', 200).set('HEAD /odd', 403).set('GET /odd', 200)
    wiki.pages.set('/private', 401).set('/forbidden', 403).set('/down', 503).set('/busy', 429)
    expect(await ask('/there')).toEqual({ kind: 'answers' })
    expect(await ask('/shy')).toEqual({ kind: 'answers' })
    expect(await ask('/odd')).toEqual({ kind: 'answers' })
    expect(await ask('/private')).toEqual({ kind: 'login' })
    expect(await ask('/forbidden')).toEqual({ kind: 'login' })
    expect(await ask('/gone')).toEqual({ kind: 'broken', because: 'HTTP 404' })
    expect(await ask('/down')).toEqual({ kind: 'broken', because: 'HTTP 503' })
    expect(await ask('/busy')).toMatchObject({ kind: 'unsure' })
    expect(calls().slice(0, 3)).toEqual(['HEAD /there', 'HEAD /shy', 'GET /shy'])
    for (const { headers } of wiki.asked) {
      expect(headers['user-agent']).toContain('Mayday')
      expect(headers).not.toHaveProperty('authorization')
      expect(headers).not.toHaveProperty('cookie')
    }
  })

  it('is followed through redirects, and no further than a few, nor out of the web', async () => {
    wiki.pages.set('/old', '/new').set('/new', 204).set('/round', '/round').set('/file', 'file:///etc/passwd')
    wiki.pages.set('/cloud', 'http://169.254.169.254/latest/meta-data/').set('/nowhere', 'http://')
    expect(await ask('/old')).toEqual({ kind: 'answers' })
    expect(await ask('/round')).toEqual({ kind: 'broken', because: 'more than 5 redirects' })
    expect(await ask('/file')).toMatchObject({ kind: 'unsure' })
    expect(await ask('/cloud')).toMatchObject({ kind: 'unsure' })
    expect(await ask('/nowhere')).toEqual({ kind: 'broken', because: 'a redirect to nowhere' })
  })

  it('that does not answer, or is not there, is silent and holds nobody up', async () => {
    wiki.pages.set('/silent', -1)
    const hasty = createLinks({ secrets: [], answerMs: 200 })
    expect(await hasty.ask(`${wiki.url}/silent`, new AbortController().signal)).toEqual({
      kind: 'silent',
      because: 'no answer within 0.2 s',
    })
    const gone = `${wiki.url}/`
    await wiki.close()
    const answer = await links.ask(gone, new AbortController().signal)
    expect(answer).toEqual({ kind: 'silent', because: 'the connection failed, ECONNREFUSED' })
  })

  it('is not asked at all where a request would carry a secret, a login or ask a cloud for keys', async () => {
    const { host } = new URL(wiki.url)
    const addresses = [
      `${wiki.url}/hook/${secret}`,
      `${wiki.url}/hook/%52${secret.slice(1)}`,
      `http://kim:pass@${host}/x`,
      'http://169.254.169.254/latest/',
      'http://2852039166/latest/',
      'http://[::ffff:169.254.169.254]/',
      'http://[fe80::1]/',
      'http://[fd00:ec2::254]/',
      'http://metadata.google.internal/',
      'ftp://127.0.0.1/x',
    ]
    for (const address of addresses)
      expect(await links.ask(address, new AbortController().signal), address).toMatchObject({ kind: 'unsure' })
    expect(calls()).toEqual([])
  })
})

describe('what answers mean', () => {
  const DAY = 86_400_000
  const at = (day: number, hour = 12): number => Date.UTC(2026, 10, day, hour)
  const broken = { kind: 'broken', because: 'HTTP 404' } as const
  const known = (state: KnownLinks['links'][string]): KnownLinks => ({ since: at(1), links: { a: state } })

  it('one failure proves nothing, nor do two on one day; two on different days do', () => {
    const once = learn(undefined, broken, at(2))
    expect(deadSince(once)).toBeUndefined()
    expect(deadSince(learn(once, broken, at(2, 20)))).toBeUndefined()
    expect(deadSince(learn(once, broken, at(3)))).toBe(at(2))
    expect(deadSince(learn(learn(once, broken, at(3)), { kind: 'unsure', because: 'x' }, at(4)))).toBe(at(2))
    expect(deadSince(learn(learn(once, broken, at(3)), { kind: 'answers' }, at(4)))).toBeUndefined()
    expect(deadSince(learn(learn(once, { kind: 'login' }, at(3)), broken, at(4)))).toBeUndefined()
    expect(deadSince(learn(learn(undefined, { kind: 'unsure', because: 'x' }, at(2)), broken, at(3)))).toBeUndefined()
  })

  it('silence of one host counts; of all hosts together it is Mayday that hears nothing', () => {
    const silent = { kind: 'silent', because: 'no answer' } as const
    expect(deadSince(learn(learn(undefined, silent, at(2)), silent, at(3)))).toBe(at(2))
    const one = { url: 'https://a.example/1', answer: silent }
    const other = { url: 'https://b.example/1', answer: silent }
    const unsure = { kind: 'unsure', because: 'cut off' }
    expect(shownBy([one, other], 'cut off').map(({ answer }) => answer)).toEqual([unsure, unsure])
    const alone = [one, { ...one, url: 'https://a.example/2' }]
    expect(shownBy(alone, 'cut off')).toEqual(alone)
    const heard = [one, { ...other, answer: broken }]
    expect(shownBy(heard, 'cut off')).toEqual(heard)
    expect(shownBy([], 'cut off')).toEqual([])
  })

  it('a link that works is asked weekly, one that failed daily, none in the first hour', () => {
    expect(isDue({ since: at(1), links: {} }, 'a', at(1) + 3_500_000)).toBe(false)
    expect(isDue({ since: at(1), links: {} }, 'a', at(1) + 3_600_000)).toBe(true)
    const good = known(learn(undefined, { kind: 'answers' }, at(2)))
    expect([isDue(good, 'a', at(2) + 7 * DAY - 1), isDue(good, 'a', at(2) + 7 * DAY)]).toEqual([false, true])
    const bad = known(learn(undefined, broken, at(2)))
    expect([isDue(bad, 'a', at(2) + DAY - 1), isDue(bad, 'a', at(2) + DAY)]).toEqual([false, true])
    expect(isDue(good, 'a', at(1, 14))).toBe(true)
  })
})

describe('the bot', () => {
  const yaml = (more = ''): string =>
    JSON.stringify({
      docs: [
        { title: 'Push runbook', url: `${wiki.url}/push`, keywords: ['push'], reviewed: '2020-01-01', owner: 'Mobile' },
        { title: 'Private notes', url: `${wiki.url}/private`, keywords: ['push queue'] },
        { title: 'Queue page', url: `${wiki.url}/queue`, keywords: ['queue'] },
      ],
    }).replace(/\}$/, `${more}}`)

  async function states() {
    const { links } = await knownLinks((stage as Stage).bots[0]?.ports.store.notes ?? expect.unreachable())
    return (path: string) => links[docIdOf(`${wiki.url}${path}`)]
  }

  it('of two replicas asks each link once, one at a time, and marks a dead one only after another day', async () => {
    wiki.pages.set('/private', 401).set('/queue', 200)
    const env = { CHECKLISTS_DIR: dir }
    stage = await createStage({ yaml: yaml(), env, docsCheck: true, replicas: 2 })
    const { clock } = stage
    await eventually(async () => {
      expect((await knownLinks(stage?.bots[0]?.ports.store.notes ?? expect.unreachable())).since).toBeGreaterThan(0)
    })
    clock.forward('11m')
    expect(wiki.asked).toEqual([])

    clock.forward('1h')
    await eventually(async () => expect((await states())('/queue')?.kind).toBe('answers'))
    const first = await states()
    expect([first('/push')?.kind, first('/private')?.kind]).toEqual(['broken', 'login'])
    expect(calls()).toEqual(['HEAD /push', 'GET /push', 'HEAD /private', 'GET /private', 'HEAD /queue'])
    expect(wiki.most).toBe(1)
    const early = stage.say('push queue is stuck')
    const before = await early.expect(/Documents: .*Push runbook \(reviewed \d+ days ago, review overdue\)/)
    expect(before.text).not.toContain('failed')

    clock.forward('24h')
    await eventually(async () => expect(deadSince((await states())('/push'))).toBe(first('/push')?.checkedAt))
    expect(calls().slice(5)).toEqual(['HEAD /push', 'GET /push'])
    const card = await stage
      .say('push queue is stuck')
      .expect(/Push runbook \(reviewed \d+ days ago, review overdue, its link has failed since \d{4}-\d\d-\d\d\)/)
    expect(card.text).toMatch(/Private notes \(never reviewed\)/)

    wiki.pages.set('/push', 200)
    clock.forward('24h')
    await eventually(async () => expect((await states())('/push')?.kind).toBe('answers'))
    expect(deadSince((await states())('/push'))).toBeUndefined()
  })

  it('asks nobody with docs_check: off, and ends a check that is under way when it is stopped', async () => {
    wiki.pages.set('/push', -1)
    stage = await createStage({ yaml: yaml(), env: { CHECKLISTS_DIR: dir }, docsCheck: true })
    await eventually(async () => {
      expect((await knownLinks(stage?.bots[0]?.ports.store.notes ?? expect.unreachable())).since).toBeGreaterThan(0)
    })
    stage.clock.forward('1h')
    await eventually(() => expect(calls()).toEqual(['HEAD /push']))
    await stage.close()
    expect(calls()).toEqual(['HEAD /push'])

    stage = await createStage({ yaml: yaml(',"docs_check":"off"'), env: { CHECKLISTS_DIR: dir }, docsCheck: true })
    for (const ahead of ['1h', '11m', '11m']) {
      stage.clock.forward(ahead)
      await stage.say(`push queue is stuck, ${ahead}`).expect(/Documents: |joins/i)
    }
    expect(calls()).toEqual(['HEAD /push'])
  })
})
