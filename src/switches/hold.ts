/** Delivery from an Rpush queue as a switch: off is the same hold as `/purge-push hold`. */
import { MaydayError } from '../errors.js'
import type { DeliveryHold, Targets } from '../ports/keys.js'
import type { SwitchAsking, SwitchDevice, SwitchState } from '../ports/switches.js'
import type { Switch } from './deps.js'
import type { Switches } from './switches.js'

interface HoldDeps {
  readonly target: string
  readonly isHeld: DeliveryHold['isHeld']
  /** The purge room's own, so that its timeline tells the same whichever way people take. */
  readonly hold: (target: string, asking: SwitchAsking) => Promise<unknown>
  readonly release: (target: string, asking: SwitchAsking) => Promise<unknown>
}

function createHoldDevice({ target, isHeld, hold, release }: HoldDeps): SwitchDevice {
  return {
    about: `delivery of ${target} from Redis`,
    // why: Rpush has claimed a batch before it sends it, and what is pushed from now on starts a new queue that it sees.
    afterOff:
      'What the sender has taken already still goes out. What is queued from now on is taken aside several times a second while Mayday runs; what the sender takes in between goes out.',
    async read() {
      const held = await isHeld()
      return { state: held ? 'off' : 'on', detail: held ? 'on hold' : 'not on hold' }
    },
    // why: what is held lies in the Redis itself; there is nothing else to know.
    remember: async () => ({}),
    turnOff: async (asking) => void (await hold(target, asking)),
    offAgain: async (asking) => void (await hold(target, asking)),
    turnOn: async (_memory, asking) => void (await release(target, asking)),
  }
}

/** A switch as the configuration names it. `target`: of an Rpush hold. */
export interface SwitchSetting {
  readonly name: string
  readonly remindMs: number
  readonly target?: string
}

/** The Redis, and the purge room's hold and release. */
export interface HoldRoad extends Pick<HoldDeps, 'hold' | 'release'> {
  readonly targets: Pick<Targets, 'hold'>
}

/** The switches of the configuration. `made`: those whose devices are ready. `road`: undefined without a Redis. */
export function assemble(
  settings: readonly SwitchSetting[],
  made: ReadonlyMap<string, SwitchDevice>,
  road: HoldRoad | undefined,
): readonly Switch[] {
  return settings.map(({ name, remindMs, target = '' }) => {
    const own = made.get(name)
    if (own !== undefined) return { name, remindMs, device: own }
    return { name, remindMs, target, device: road === undefined ? withoutRedis(target) : holdDevice(target, road) }
  })
}

type Ways = Pick<HoldRoad, 'hold' | 'release'>

/** The same hold and release, of which the switches of the target hear, so that both ways tell one truth. */
export function telling<T extends Ways>(room: T, switches: Pick<Switches, 'turned'>): T {
  const told =
    <R>(work: (target: string, asking: SwitchAsking) => Promise<R>, state: SwitchState) =>
    async (target: string, asking: SwitchAsking): Promise<R> => {
      const done = await work(target, asking)
      await switches.turned(target, state, asking)
      return done
    }
  return { ...room, hold: told(room.hold, 'off'), release: told(room.release, 'on') }
}

function holdDevice(target: string, { targets, hold, release }: HoldRoad): SwitchDevice {
  return createHoldDevice({
    target,
    hold,
    release,
    isHeld: async () => (await targets.hold(target)?.isHeld()) ?? false,
  })
}

function withoutRedis(target: string): SwitchDevice {
  const no = (): Promise<never> =>
    Promise.reject(
      new MaydayError('SWITCH_REFUSED', {
        what: 'NOTIFICATIONS_REDIS_URL is not set, so there is no Redis to hold delivery in; nothing was done.',
        hint: 'Set it, and start again.',
      }),
    )
  return { about: `delivery of ${target} from Redis`, read: no, remember: no, turnOff: no, turnOn: no }
}
