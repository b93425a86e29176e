/** Every target of the configuration on one Redis. */
import type { DeliveryHold, KeyTarget, TargetSpec, Targets } from '../../ports/keys.js'
import { readAddress } from './address.js'
import { createRedisServers, type RedisServers } from './connect.js'
import { guardHuge } from './huge.js'
import { createKeysTarget } from './keys/target.js'
import { createDeliveryHold } from './rpush/hold.js'
import { createRpushTarget } from './rpush/target.js'
import type { Timing } from './session.js'
import { createSidekiqTarget } from './sidekiq/target.js'

/**
 * Connects when a target is first asked something. Throws `CONFIG_INVALID` for a URL that cannot be read. `timing`: shorter
 * waits for tests.
 */
export function createTargets(url: string, specs: readonly TargetSpec[], timing?: Timing): Targets {
  // Each target has its own connections, so that a purge and the count of another target do not queue behind each other.
  const opened = new Map<
    string,
    { readonly servers: RedisServers; readonly target: KeyTarget; readonly hold: DeliveryHold | undefined }
  >()
  readAddress(url)
  function open(name: string) {
    const spec = specs.find((candidate) => candidate.name === name)
    if (spec === undefined) return undefined
    const known = opened.get(name)
    if (known !== undefined) return known
    const servers = createRedisServers(url, timing)
    const made = {
      servers,
      target: openTarget(servers, spec),
      hold: spec.layout === 'rpush' ? createDeliveryHold(createRedisServers(url, timing), spec.pattern) : undefined,
    }
    opened.set(name, made)
    return made
  }
  return {
    specs,
    target: (name) => open(name)?.target,
    hold: (name) => open(name)?.hold,
    async close() {
      await Promise.all([...opened.values()].flatMap(({ servers, hold }) => [servers.close(), hold?.close()]))
    },
  }
}

function openTarget(servers: RedisServers, spec: TargetSpec): KeyTarget {
  if (spec.layout === 'sidekiq') return createSidekiqTarget(servers, { name: spec.name, className: spec.className })
  const options = { name: spec.name, pattern: spec.pattern }
  const target = spec.layout === 'rpush' ? createRpushTarget(servers, options) : createKeysTarget(servers, options)
  return guardHuge(servers, target)
}
