import { generateKeyPairSync, sign } from 'node:crypto'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createPager } from '../../src/adapters/pagerduty/pager.js'
import { createLines, emergency, hasty, KEY, teams } from './support.js'

/** One DER value: tag, length, content. */
function der(tag: number, ...parts: readonly (Uint8Array | string)[]): Buffer {
  const content = Buffer.concat(parts.map((part) => Buffer.from(part)))
  const { length } = content
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

/** A certificate for "localhost" that nobody has reason to trust. */
function selfSigned() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const commonName = der(0x06, Buffer.from([0x55, 4, 3]))
  const name = der(0x30, der(0x31, der(0x30, commonName, der(0x0c, 'localhost'))))
  const ecdsaWithSha256 = der(0x30, der(0x06, Buffer.from('2a8648ce3d040302', 'hex')))
  const validity = der(0x30, der(0x17, '200101000000Z'), der(0x17, '491231235959Z'))
  const key = publicKey.export({ type: 'spki', format: 'der' })
  const body = der(0x30, der(0x02, Buffer.from([1])), ecdsaWithSha256, name, validity, name, key)
  const signature = der(0x03, Buffer.from([0]), sign('sha256', body, privateKey))
  const cert = der(0x30, body, ecdsaWithSha256, signature).toString('base64')
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    cert: `-----BEGIN CERTIFICATE-----\n${cert.replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
  }
}

/** An Events API behind TLS, and a pager that is sent there as it would be to PagerDuty. */
async function startTls(path = '') {
  const requests: { readonly url: string | undefined; readonly agent: string | undefined }[] = []
  const server = createServer(selfSigned(), (request, response) => {
    requests.push({ url: request.url, agent: request.headers['user-agent'] })
    request.resume()
    response.writeHead(202, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ status: 'success', message: 'Event processed', dedup_key: KEY, incidents: [] }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve())))
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}${path}`
  const clock = { now: () => 0, after: () => () => {} }
  const keys = teams([[undefined, 'a'.repeat(32)]])
  const options = { ...keys, eventsUrl: url, apiUrl: url, token: 'token', clock, log: createLines(), limits: hasty }
  return { requests, pager: createPager(options) }
}

test('pages and look-ups go through TLS', async () => {
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
  onTestFinished(() => void vi.unstubAllEnvs())
  const { requests, pager } = await startTls('/behind/a/path/')
  expect(await pager.send(emergency)).toEqual({ kind: 'accepted', value: undefined })
  expect(await pager.find(KEY)).toEqual({ kind: 'accepted', value: [] })
  expect(requests[0]).toEqual({ url: '/behind/a/path/v2/enqueue', agent: expect.stringMatching(/^pdjs/) })
  expect(requests[1]?.url).toMatch(/^\/behind\/a\/path\/incidents\?/)
})

test('a certificate that cannot be trusted: nothing is sent, the reason is told, and it is tried again', async () => {
  const { requests, pager } = await startTls()
  const outcomes = [await pager.send(emergency), await pager.find(KEY)]
  for (const outcome of outcomes) {
    expect(outcome).toEqual({ kind: 'retry', because: expect.stringMatching(/CERT/) })
  }
  expect(requests).toEqual([])
})
