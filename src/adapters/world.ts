/** The real outside world of the bot, put together from a Config; tests open the same one. */
import type { Ports } from '../app.js'
import type { Config } from '../config/config.js'
import { secretsOf } from '../config/secrets.js'
import { openHerokuDevices } from './heroku/open.js'
import { createLinks } from './links.js'
import { createBookmarks } from './slack/bookmarks.js'
import { createChat } from './slack/chat.js'
import { createFiles } from './slack/files.js'
import { createSlackGate } from './slack/gate.js'
import { createLanes } from './slack/lanes.js'
import { createSender } from './slack/sender.js'
import { createLoops } from './system.js'
import { openGround, openPurge, type WorldOptions } from './world/ground.js'
import { openLibrary } from './world/library.js'

/** The whole world for `createApp`; nothing is started. Throws `CHECKLIST_INVALID`, `STORE_*`. */
export async function openWorld(
  config: Config,
  options: WorldOptions & { readonly checkUp: Ports['checkUp'] },
): Promise<Ports> {
  const { clock, log, meter, limits } = options
  const library = await openLibrary(config, clock.now())
  const ground = await openGround(config, options)
  const { store, owner } = ground
  const { botToken, apiUrl, mode, channel } = config.slack
  const timing = options.timing === undefined ? {} : { timing: options.timing }
  const callMs = options.timing?.callMs
  const lanes = createLanes({ botToken, apiUrl, log, ...(callMs === undefined ? {} : { timeoutMs: callMs }) })
  const gate = createSlackGate({
    mode,
    botToken,
    apiUrl,
    channel,
    inbox: store.inbox,
    notes: store.notes,
    clock,
    log,
    ...timing,
  })
  return {
    ...ground,
    library,
    links: createLinks({ secrets: secretsOf(config) }),
    gate,
    chat: createChat({ lanes, clock, teamId: () => gate.identity()?.teamId }),
    files: createFiles({ lanes }),
    bookmarks: createBookmarks({ lanes }),
    sender: createSender({ outbox: store.outbox, leases: store.leases, lanes, clock, log, owner }),
    clock,
    log,
    meter,
    random: Math.random,
    loops: createLoops(clock, log),
    checkUp: options.checkUp,
    purge: await openPurge(config),
    devices: openHerokuDevices(config.switches, limits?.answerMs),
  }
}
