/** Secrets that must be kept: encrypted with a key of the environment, so that the store alone gives nothing away. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { MaydayError } from '../errors.js'

export interface Sealer {
  /** AES-256-GCM. `label` is bound to it: a sealed text opens under the same label only. */
  seal(text: string, label: string): string
  /** Throws `SWITCH_REFUSED` when the key is another one, or the text was changed. */
  open(sealed: string, label: string): string
}

const FORM = 'v1'
/** why: 96 bits is the length of nonce that GCM is specified for (NIST SP 800-38D, 8.2). */
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** `key`: 32 bytes. */
export function createSealer(key: Uint8Array): Sealer {
  return {
    seal(text, label) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(label))
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return `${FORM}.${Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64')}`
    },
    open(sealed, label) {
      try {
        const [form, data = ''] = sealed.split('.')
        if (form !== FORM) throw unopened()
        const bytes = Buffer.from(data, 'base64')
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES))
        decipher.setAAD(Buffer.from(label)).setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
        const body = decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES))
        return Buffer.concat([body, decipher.final()]).toString('utf8')
      } catch {
        // Nothing of the cause is told: it could hold bytes of the text.
        throw unopened()
      }
    },
  }
}

function unopened(): MaydayError {
  return new MaydayError('SWITCH_REFUSED', {
    what: 'The encrypted copy does not open with this MAYDAY_SECRETS_KEY; nothing was changed.',
    hint: 'Set MAYDAY_SECRETS_KEY to the key of the day it was written.',
  })
}
