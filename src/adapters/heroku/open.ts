/** The devices of a configuration that are at Heroku. */
import type { SwitchesConfig } from '../../config/switches.js'
import type { SwitchDevice } from '../../ports/switches.js'
import { pauseFor } from '../pausing.js'
import { createSealer } from '../sealing.js'
import { createHerokuApi } from './api.js'
import { createProcessDevice, createVarDevice } from './devices.js'

/** By name of the switch; connects nothing yet. `answerMs`: shorter waits for tests. */
export function openHerokuDevices(
  { all, herokuUrl, secretsKey }: SwitchesConfig,
  answerMs?: number,
): ReadonlyMap<string, SwitchDevice> {
  const sealer = secretsKey === undefined ? undefined : createSealer(Buffer.from(secretsKey, 'hex'))
  const limits = answerMs === undefined ? {} : { answerMs }
  const devices = new Map<string, SwitchDevice>()
  for (const one of all) {
    if (one.kind === 'rpush_hold') continue
    const api = createHerokuApi({ apiUrl: herokuUrl, key: one.apiKey, pause: pauseFor, ...limits })
    const device =
      one.kind === 'heroku_scale'
        ? createProcessDevice(api, one)
        : createVarDevice(api, { app: one.app, name: one.variable, sealer })
    devices.set(one.name, device)
  }
  return devices
}
