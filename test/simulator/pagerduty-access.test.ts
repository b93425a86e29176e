import { describe, expect, test } from 'vitest'
import { serviceReference, startPagerDuty } from './pagerduty-rig.js'

describe('who may ask', () => {
  test.each([
    ['no token', { authorization: '' }],
    ['another token', { authorization: 'Token token=wrong' }],
    ['a bearer token', { authorization: 'Bearer simulated-rest-token' }],
  ])('%s is a 401', async (_, headers) => {
    const { rest } = await startPagerDuty()
    const answer = await rest('GET', '/incidents', undefined, headers)
    expect(answer.status).toBe(401)
    expect(answer.json).toEqual({ error: { message: 'Authentication failed', code: 2006 } })
  })

  test.each([['nobody@example.com'], ['']])(
    'From %j is a 400 with code 1008 on what changes an incident',
    async (from) => {
      const { sim, rest, page, incident, create } = await startPagerDuty()
      await page('k')
      const id = incident().id
      const body = { incident: { type: 'incident_reference', status: 'resolved' } }
      const answers = [
        await rest('PUT', `/incidents/${id}`, body, { from }),
        await rest(
          'POST',
          '/incidents',
          { incident: { type: 'incident', title: 'x', service: serviceReference(sim) } },
          { from },
        ),
        await rest('POST', `/incidents/${id}/notes`, { note: { content: 'x' } }, { from }),
        await rest('PUT', `/incidents/${id}/merge`, { source_incidents: [] }, { from }),
      ]
      expect(answers.map((a) => a.status)).toEqual([400, 400, 400, 400])
      expect(answers[0]?.json).toMatchObject({ error: { code: 1008 } })
      expect(incident().status).toBe('triggered')
      expect((await create({})).status).toBe(201)
    },
  )

  test('another version of the API is refused, no version is version 2', async () => {
    const { rest } = await startPagerDuty()
    const accept = 'application/vnd.pagerduty+json;version=1'
    expect((await rest('GET', '/abilities', undefined, { accept })).status).toBe(406)
    expect((await rest('GET', '/abilities', undefined, { accept: '*/*' })).status).toBe(200)
  })

  test('every answer says what is left of the rate limit; beyond it is a 429 until the minute is over', async () => {
    const { rest, clock } = await startPagerDuty({ restLimitPerMinute: 2 })
    expect((await rest('GET', '/abilities')).headers.get('ratelimit-remaining')).toBe('1')
    await rest('GET', '/abilities')
    clock.forward(50_000)
    const answer = await rest('GET', '/abilities')
    expect(answer.status).toBe(429)
    expect(answer.json).toEqual({ error: { message: 'Rate Limit Exceeded', code: 2020 } })
    expect(answer.headers.get('ratelimit-reset')).toBe('10')
    clock.forward(10_000)
    expect((await rest('GET', '/abilities')).status).toBe(200)
  })
})
