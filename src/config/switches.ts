/** Which switches there are, and what reaches them. */
import type { Environment } from './environment.js'
import type { Fault } from './fault.js'
import type { FileConfig } from './file-schema.js'
import { purgeTargets } from './purge.js'

interface Every {
  readonly name: string
  readonly remindMs: number
}

export type SwitchConfig = Every &
  (
    | { readonly kind: 'rpush_hold'; readonly target: string }
    | {
        readonly kind: 'heroku_scale'
        readonly app: string
        readonly process: string
        readonly quantity?: number
        readonly apiKey: string
      }
    | { readonly kind: 'heroku_config'; readonly app: string; readonly variable: string; readonly apiKey: string }
  )

export interface SwitchesConfig {
  readonly all: readonly SwitchConfig[]
  readonly herokuUrl: string
  /** 32 bytes, hexadecimal. Undefined: no encrypted copies are kept. */
  readonly secretsKey?: string
}

interface Sources {
  readonly given: Readonly<Record<string, string | undefined>>
  readonly file: FileConfig
}

/** The switches; faults are added for keys that are not set and targets that are not there. */
export function readSwitches({ given, file }: Sources, faults: Fault[]): readonly SwitchConfig[] {
  const targets = purgeTargets(file)
  return Object.entries(file.switches).map(([name, one]): SwitchConfig => {
    const where = `mayday.yml switches.${name}`
    const every = { name, remindMs: one.remind_every }
    if (one.kind === 'rpush_hold') {
      const rpush = targets.filter((target) => target.layout === 'rpush').map((target) => target.name)
      const accepts = `a purge target of layout rpush: ${rpush.join(', ') || 'there is none'}`
      if (!rpush.includes(one.target))
        faults.push({ where: `${where}.target`, found: JSON.stringify(one.target), accepts })
      return { ...every, kind: one.kind, target: one.target }
    }
    const apiKey = given[one.api_key_env] ?? ''
    if (!/^\S{8,}$/u.test(apiKey)) {
      const found = apiKey === '' ? 'nothing' : `a value of ${apiKey.length} characters`
      faults.push({ where: `${one.api_key_env} (${where}.api_key_env)`, found, accepts: 'a Heroku API key' })
    }
    const { app } = one
    if (one.kind === 'heroku_config') return { ...every, kind: one.kind, app, variable: one.var, apiKey }
    const quantity = one.quantity === undefined ? {} : { quantity: one.quantity }
    return { ...every, kind: one.kind, app, process: one.process, apiKey, ...quantity }
  })
}

export function switchesOf(env: Environment, all: readonly SwitchConfig[]): SwitchesConfig {
  const key = env.MAYDAY_SECRETS_KEY
  return { all, herokuUrl: env.HEROKU_API_URL, ...(key === undefined ? {} : { secretsKey: keyBytes(key) }) }
}

/** `MAYDAY_SECRETS_KEY` is written in hexadecimal or base64. */
function keyBytes(text: string): string {
  return /^[0-9a-f]{64}$/iu.test(text) ? text.toLowerCase() : base64ToHex(text)
}

function base64ToHex(text: string): string {
  return Array.from(atob(text), (character) => character.charCodeAt(0).toString(16).padStart(2, '0')).join('')
}
