/** What containment switches turn off and on at Heroku. */
import { z } from 'zod'
import { MaydayError } from '../../errors.js'
import type { SwitchDevice, SwitchMemory } from '../../ports/switches.js'
import type { Sealer } from '../sealing.js'
import type { Formation, HerokuApi } from './api.js'

export interface ProcessSwitch {
  readonly app: string
  readonly process: string
  /** How many to start when nobody here saw how many there were. */
  readonly quantity?: number
}

const before = z.object({ quantity: z.number().int().min(1), size: z.string().min(1) })

/** A process type: off is no process, on is as many of the size that ran before. */
export function createProcessDevice(api: HerokuApi, { app, process, quantity }: ProcessSwitch): SwitchDevice {
  const formation = (): Promise<Formation> => api.formation(app, process)
  return {
    about: `process type ${process} of ${app} on Heroku`,
    // why: dynos get SIGTERM and then up to 30 s (dev center: "Dyno Shutdown Behavior").
    afterOff: 'Heroku gives what runs up to 30 s to end.',
    async read() {
      const now = await formation()
      return { state: now.quantity === 0 ? 'off' : 'on', detail: `${now.quantity} × ${now.size}` }
    },
    async remember() {
      const { quantity: running, size } = await formation()
      return running === 0 ? {} : { quantity: running, size }
    },
    turnOff: () => api.scale(app, process, { quantity: 0 }),
    async turnOn(memory) {
      const known = before.safeParse(memory)
      if (known.success) return api.scale(app, process, known.data)
      if (quantity !== undefined) return api.scale(app, process, { quantity })
      throw new MaydayError('SWITCH_REFUSED', {
        what: `Mayday did not see how many ${process} ran in ${app} before, so it started none.`,
        hint: `heroku ps:scale ${process}=N -a ${app}, or set quantity of the switch in mayday.yml.`,
      })
    },
  }
}

export interface VarSwitch {
  readonly app: string
  readonly name: string
  /** Undefined: no MAYDAY_SECRETS_KEY, so no copy is kept. */
  readonly sealer: Sealer | undefined
}

const kept = z.object({
  release: z.object({ id: z.string(), version: z.number().int() }),
  sealed: z.string().optional().catch(undefined),
})

/**
 * A config var such as a certificate: off removes it. Its value is never told to anybody; it comes back from an encrypted
 * copy, else by a rollback where nothing else was released since, else from the release before, which Heroku keeps.
 */
export function createVarDevice(api: HerokuApi, { app, name, sealer }: VarSwitch): SwitchDevice {
  const label = `${app}/${name}`
  return {
    about: `config var ${name} of ${app} on Heroku`,
    // why: every change of config vars restarts all dynos (dev center: "Configuration and Config Vars").
    afterOff: 'Heroku restarts the dynos of the app for it.',
    async read() {
      const isSet = (await api.configVar(app, name)) !== undefined
      return { state: isSet ? 'on' : 'off', detail: isSet ? `${name} is set` : `${name} is not set` }
    },
    async remember(): Promise<SwitchMemory> {
      // In this order: a release in between makes the rollback impossible, never wrong.
      const { id, version } = await api.latestRelease(app)
      const value = await api.configVar(app, name)
      if (value === undefined) return {}
      return { release: { id, version }, ...(sealer === undefined ? {} : { sealed: sealer.seal(value, label) }) }
    },
    turnOff: () => api.setConfig(app, name, null),
    async turnOn(memory) {
      const known = kept.safeParse(memory)
      if (!known.success) {
        throw new MaydayError('SWITCH_REFUSED', {
          what: `Mayday did not remove ${name} from ${app}, so it has nothing to put back.`,
          hint: `heroku config:set ${name}=… -a ${app}, or roll back to a release that had it.`,
        })
      }
      const { release, sealed } = known.data
      if (sealed !== undefined && sealer !== undefined) return api.setConfig(app, name, sealer.open(sealed, label))
      const newest = await api.latestRelease(app)
      if (newest.version === release.version + 1) return api.rollBack(app, release.id)
      const value = await api.releasedVar(app, release.id, name)
      if (value !== undefined) return api.setConfig(app, name, value)
      throw new MaydayError('SWITCH_REFUSED', {
        what: `${name} could not be restored in ${app}: other things were released since, and release v${release.version} does not have it.`,
        hint: `heroku config:set ${name}=… -a ${app}.`,
      })
    },
  }
}
