import { describe, expect, it } from 'vitest'
import { errorOf, startWorkspace, until, webClient } from './slack-kit.js'

describe('faults at the wire', () => {
  it('status: answers like a broken proxy, and the work is not done', async () => {
    const { slack, client, emergency } = await startWorkspace()
    slack.fault({ method: 'chat.postMessage', status: 503, times: 1 })
    const post = async () => await client.chat.postMessage({ channel: emergency, text: 'x' })
    await expect(post()).rejects.toMatchObject({ statusCode: 503 })
    expect(slack.messages(emergency)).toEqual([])
    await post()
    expect(slack.calls('chat.postMessage').map((c) => [c.status, c.ok])).toEqual([
      [503, false],
      [200, true],
    ])
  })

  it('error: says no in the way of the API', async () => {
    const { slack, client } = await startWorkspace()
    const remove = slack.fault({ method: 'auth.test', error: 'internal_error' })
    expect(await errorOf(client.auth.test())).toBe('internal_error')
    expect(await errorOf(client.auth.test())).toBe('internal_error')
    remove()
    expect(await errorOf(client.auth.test())).toBe('ok')
  })

  it('retryAfter: 429 with the header', async () => {
    const { slack, client } = await startWorkspace()
    slack.fault({ method: '*', retryAfter: 7, times: 1 })
    await expect(client.auth.test()).rejects.toMatchObject({ retryAfter: 7 })
    expect(await errorOf(client.auth.test())).toBe('ok')
  })

  it('body: 200 with nonsense', async () => {
    const { slack, client } = await startWorkspace()
    slack.fault({ method: 'auth.test', body: '<html>maintenance</html>' })
    await expect(client.auth.test()).rejects.toThrow()
    expect(slack.calls('auth.test')).toMatchObject([{ status: 200 }])
  })

  it('delayMs: answers late, and correctly', async () => {
    const { slack, emergency } = await startWorkspace()
    slack.fault({ method: 'chat.postMessage', delayMs: 300 })
    const impatient = webClient(slack, slack.botToken, 50)
    await expect(impatient.chat.postMessage({ channel: emergency, text: 'late' })).rejects.toThrow()
    expect(slack.messages(emergency)).toEqual([])
    await until(() => slack.messages(emergency).length === 1)
  })

  it('hang: never answers', async () => {
    const { slack, emergency } = await startWorkspace()
    slack.fault({ method: 'chat.postMessage', hang: true })
    const impatient = webClient(slack, slack.botToken, 50)
    await expect(impatient.chat.postMessage({ channel: emergency, text: 'x' })).rejects.toThrow()
    expect(slack.calls('chat.postMessage')).toMatchObject([{ answered: false, status: 0 }])
    expect(slack.messages(emergency)).toEqual([])
  })

  it('reset: cuts the line', async () => {
    const { slack, client } = await startWorkspace()
    slack.fault({ method: 'auth.test', reset: true, times: 1 })
    await expect(client.auth.test()).rejects.toThrow()
    expect(await errorOf(client.auth.test())).toBe('ok')
  })

  it('apply: does the work and loses the answer, so that a retry posts twice', async () => {
    const { slack, client, emergency } = await startWorkspace()
    const post = async () => await client.chat.postMessage({ channel: emergency, text: 'paged' })
    slack.fault({ method: 'chat.postMessage', reset: true, apply: true, times: 1 })
    await expect(post()).rejects.toThrow()
    await post()
    expect(slack.messages(emergency).map((m) => m.text)).toEqual(['paged', 'paged'])
    slack.fault({ method: 'chat.postMessage', status: 500, apply: true, times: 1 })
    await expect(post()).rejects.toMatchObject({ statusCode: 500 })
    expect(slack.messages(emergency)).toHaveLength(3)
  })

  it('only: picks the calls that it is meant for, the newest fault first', async () => {
    const { slack, client, emergency } = await startWorkspace()
    const other = slack.addChannel({ name: 'other' }).id
    slack.fault({ method: 'chat.postMessage', error: 'older' })
    slack.fault({ method: 'chat.postMessage', error: 'newer', only: (args) => args['channel'] === emergency })
    const post = async (channel: string) => await errorOf(client.chat.postMessage({ channel, text: 'x' }))
    expect(await post(emergency)).toBe('newer')
    expect(await post(other)).toBe('older')
  })

  it('reaches response_url, too', async () => {
    const { slack, ana, emergency } = await startWorkspace({ ackTimeoutMs: 20 })
    await slack.slash({ user: ana, channel: emergency, command: '/x' })
    const payload = slack.deliveries[0]?.payload
    const url =
      typeof payload === 'object' && payload !== null && 'response_url' in payload ? String(payload.response_url) : ''
    slack.fault({ method: 'response_url', status: 500, times: 1 })
    const answer = async () => await fetch(url, { method: 'POST', body: new URLSearchParams({ text: 'x' }) })
    expect((await answer()).status).toBe(500)
    expect((await answer()).status).toBe(200)
    expect(slack.ephemerals(ana)).toHaveLength(1)
  })

  it('ends at once, whatever still hangs', async () => {
    const { slack, client } = await startWorkspace()
    slack.fault({ method: 'auth.test', hang: true })
    const hanging = client.auth.test()
    await until(() => slack.calls('auth.test').length === 1)
    await Promise.all([expect(hanging).rejects.toThrow(), slack.close(), slack.close()])
    await expect(fetch(slack.origin)).rejects.toThrow()
  })
})
