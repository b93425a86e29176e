/** The switches from a terminal: the same devices and the same rules as the bot's, without Slack. */

import { openHerokuDevices } from '../adapters/heroku/open.js'
import { knownChannel } from '../adapters/slack/known-channel.js'
import { type Ground, openPurge, type WorldOptions } from '../adapters/world/ground.js'
import type { Config } from '../config/config.js'
import { createPurging } from '../purge/purge.js'
import type { Switch } from '../switches/deps.js'
import { assemble, type HoldRoad } from '../switches/hold.js'
import { createSwitches, type Switches } from '../switches/switches.js'
import { holdHere } from './hold-delivery.js'

/** What each switch turns, ready to be read. */
export interface Desk {
  readonly all: readonly Switch[]
  readonly switches: Switches
}

/** Opens what the switches turn, and closes it again. */
export async function withSwitches<T>(
  config: Config,
  world: Pick<WorldOptions, 'clock' | 'log' | 'meter'>,
  ground: Ground,
  work: (desk: Desk) => Promise<T>,
): Promise<T> {
  const changed = (): void => undefined
  const purge = config.switches.all.some((one) => one.kind === 'rpush_hold') ? await openPurge(config) : undefined
  let road: HoldRoad | undefined
  if (purge !== undefined) {
    const { approvals, targets: settings } = config.purge
    const purging = createPurging({
      ...{ ...world, ...ground, ...purge, settings, approvals, random: Math.random, changed },
    })
    road = {
      targets: purge.targets,
      hold: (target, asking) => holdHere(purging, target, asking),
      release: purging.release,
    }
  }
  const all = assemble(config.switches.all, openHerokuDevices(config.switches), road)
  const channel = (notes: Ground['store']['notes']) => knownChannel(config.slack.channel, notes)
  try {
    return await work({ all, switches: createSwitches({ ...world, ...ground, switches: all, channel, changed }) })
  } finally {
    await purge?.targets.close()
  }
}
