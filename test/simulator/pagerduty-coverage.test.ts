import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { coverage } from '../../src/simulator/pagerduty/coverage.js'
import { startPagerDuty } from './pagerduty-rig.js'

const folder = new URL('.', import.meta.url)

/** The titles of every other test of the simulated PagerDuty, with the rows of their tables. */
const titles = readdirSync(folder)
  .filter((name) => name.startsWith('pagerduty-') && name.endsWith('.test.ts') && !name.includes('coverage'))
  .flatMap((name) => {
    const source = readFileSync(new URL(name, folder), 'utf8')
    return [...source.matchAll(/(?:test|describe|\)|^\s+\[)\(?\s*(['"`])(.+?)\1/gm)].map((match) => match[2] ?? '')
  })

const isTested = (name: string) => {
  const word = new RegExp(`(^|[^\\w/{}])${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}($|[^\\w/{])`)
  return titles.some((title) => word.test(title))
}

test('the titles of the tests were found', () => {
  expect(titles.length).toBeGreaterThan(80)
})

test.each(coverage.endpoints)('%s has a test that names it', (endpoint) => {
  expect(isTested(endpoint)).toBe(true)
})

test.each([...coverage.faults, ...coverage.drops, ...coverage.webhooks])('%s has a test that names it', (name) => {
  expect(isTested(name)).toBe(true)
})

test('no test names an endpoint that is not on the list', () => {
  const named = titles.flatMap((title) =>
    [...title.matchAll(/\b(?:GET|POST|PUT|DELETE) \/[\w/{}]*/g)].map(([all]) => all),
  )
  expect(named.filter((endpoint) => !coverage.endpoints.includes(endpoint))).toEqual([])
  expect(new Set(named).size).toBe(coverage.endpoints.length)
})

test('every endpoint on the list answers, and nothing else does', async () => {
  const { rest } = await startPagerDuty()
  for (const endpoint of coverage.endpoints) {
    const [method = '', path = ''] = endpoint.split(' ')
    const answer = await rest(method, path.replace('{id}', 'PALEX01'), method === 'GET' ? undefined : {})
    expect([answer.status, endpoint]).not.toEqual([405, endpoint])
    expect(answer.status, endpoint).toBeLessThan(500)
  }
  for (const [method, path] of [
    ['DELETE', '/incidents'],
    ['GET', '/schedules'],
    ['PATCH', '/users/PALEX01'],
  ] as const) {
    expect((await rest(method, path)).status).toBe(404)
  }
})
