/** Whether a purge could begin at 2 am: what Redis stands behind the targets, and what speaks against it. Changes nothing. */
import type { Finding } from '../adapters/finding.js'
import { readAddress } from '../adapters/redis/address.js'
import { openPurge } from '../adapters/world/ground.js'
import type { Config } from '../config/config.js'
import { describe, MaydayError } from '../errors.js'
import type { ServerState, Targets } from '../ports/keys.js'
import { serverObjections } from '../purge/guards.js'
import type { TargetSettings } from '../purge/plan.js'
import { count } from '../purge/words.js'

export async function inspectTargets(config: Config): Promise<readonly Finding[]> {
  const purge = await openPurge(config)
  if (purge === undefined) return []
  try {
    const all = await Promise.all(config.purge.targets.map((target) => inspect(purge.targets, target)))
    // What is true of the server is said once, however many targets are on it.
    const once = [...new Map(all.flat().map((one) => [`${one.level} ${one.what}`, one])).values()]
    return once.map((one) => withUser(one, config))
  } finally {
    await purge.targets.close()
  }
}

async function inspect(targets: Targets, { name, layout }: TargetSettings): Promise<readonly Finding[]> {
  try {
    const server = await targets.target(name)?.inspect()
    if (server === undefined) return []
    const against = serverObjections(server)
    const findings = against.map((one): Finding => {
      const isOfTarget = one.guard === 'missing_commands' || one.guard === 'denied_keys'
      const about = isOfTarget ? `Target ${name}` : 'NOTIFICATIONS_REDIS_URL'
      const isMissed = one.level === 'refuse' && !(isOfTarget && layout === 'sidekiq')
      const [what, remedy] = one.because.split('; allow it: ')
      return {
        level: isMissed ? 'fail' : 'warn',
        what: `${about}: ${what}.`,
        ...(remedy === undefined ? {} : { remedy: `Allow it: ${remedy}` }),
      }
    })
    return against.some((one) => one.level === 'refuse') ? findings : [well(server), ...findings]
  } catch (error) {
    const what = error instanceof MaydayError ? error.message : describe(error)
    const remedy = error instanceof MaydayError && error.hint !== '' ? { remedy: error.hint } : {}
    // why: there is a target of Sidekiq's by default, also where nobody uses Sidekiq.
    const isMissed = layout !== 'sidekiq' || !(error instanceof MaydayError) || error.code !== 'TARGET_REFUSED'
    return [{ level: isMissed ? 'fail' : 'warn', what: `Target ${name} cannot be looked at: ${what}`, ...remedy }]
  }
}

/** Lines that give rights name the user that the URL has. */
export function withUser(finding: Finding, { purge }: Pick<Config, 'purge'>): Finding {
  if (finding.remedy === undefined || purge.redisUrl === undefined) return finding
  const { username = 'default' } = readAddress(purge.redisUrl)
  return { ...finding, remedy: finding.remedy.replaceAll('<user>', username) }
}

function well({ version, masters, database, keys }: ServerState): Finding {
  const cluster = masters > 1 ? `, a cluster of ${masters} masters` : `, database ${database}`
  return { level: 'ok', what: `The Redis of the purge targets is ${version}${cluster}, with ${count(keys)} keys.` }
}
