/** Who may tell alerts and issues: a shared secret in a header, or GitHub's signature. Never a secret in an address. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

/** `Authorization: Bearer …`, `X-Mayday-Secret`, or Honeycomb's own `X-Honeycomb-Webhook-Token`. */
export function bearsSecret(headers: IncomingHttpHeaders, secret: string): boolean {
  const bearer = /^Bearer\s+(\S+)$/iu.exec(headers.authorization ?? '')?.[1]
  return [bearer, headers['x-mayday-secret'], headers['x-honeycomb-webhook-token']].some(
    (given) => typeof given === 'string' && isSame(given, secret),
  )
}

/** why: of equal length whatever is given, so that the time taken tells nothing. */
function isSame(given: string, secret: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return secret !== '' && timingSafeEqual(digest(given), digest(secret))
}

/**
 * GitHub's `X-Hub-Signature-256` over the body as it came.
 * why: HMAC-SHA256 in hexadecimal after `sha256=` (GitHub docs, "Validating webhook deliveries").
 */
export function isSignedByGitHub(raw: Uint8Array, headers: IncomingHttpHeaders, secret: string): boolean {
  const header = headers['x-hub-signature-256']
  const hex = typeof header === 'string' ? /^sha256=([0-9a-f]{64})$/iu.exec(header)?.[1] : undefined
  if (hex === undefined || secret === '') return false
  return timingSafeEqual(Buffer.from(hex, 'hex'), createHmac('sha256', secret).update(raw).digest())
}
