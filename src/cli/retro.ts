/** `mayday retro`: the review of an emergency as Markdown, for when Slack itself was the outage. */
import { writeFile } from 'node:fs/promises'
import { MaydayError } from '../errors.js'
import type { IncidentId } from '../incidents/incident.js'
import { gatherReview } from '../incidents/review/gather.js'
import { renderReview } from '../incidents/review/review.js'
import { markReviewed } from '../incidents/review/reviews.js'
import { line, readable } from '../mrkdwn.js'
import { type Call, type Command, type Exit, loadConfig, operator, quietWorld, withGround } from './io.js'

export const retro: Command = {
  usage: 'retro NUMBER [--out FILE | --done]',
  help: 'write the review of an emergency as Markdown, or mark it as reviewed',
  flags: {
    out: { type: 'string', about: 'a new file for it, instead of the screen' },
    done: { type: 'boolean', about: 'mark the emergency as reviewed' },
  },
  run: async (call) => {
    const number = /^#?(\d{1,9})$/u.exec(call.positionals[0] ?? '')?.[1]
    if (number === undefined || call.positionals.length > 1) {
      const hint = 'mayday incidents shows the numbers.'
      throw new MaydayError('USAGE', { what: 'Say which emergency, by its number; nothing was done.', hint })
    }
    const id = Number(number) as IncidentId
    return call.flags['done'] === true ? done(call, id) : write(call, id)
  },
}

async function write({ io, json, flags }: Call, id: IncidentId): Promise<Exit> {
  const config = loadConfig(io, { slackless: true })
  const { clock } = quietWorld(config)
  // Slack may be the outage: people are named as far as mayday.yml names them.
  const names = new Map(
    config.paging.contacts.flatMap(({ slack, name }) => (slack === undefined ? [] : [[slack, name]])),
  )
  const review = await withGround(config, ({ store }) =>
    gatherReview(store, id, clock.now(), async (user) => names.get(user)),
  )
  const markdown = renderReview(review)
  if (typeof flags['out'] === 'string') {
    await writeNew(flags['out'], markdown)
    io.out(
      json
        ? JSON.stringify({ incident: id, file: flags['out'] })
        : `The review of emergency #${id} is in ${flags['out']}.`,
    )
  } else if (json) io.out(JSON.stringify({ incident: id, markdown }))
  else io.out(markdown.trimEnd())
  return 0
}

async function writeNew(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { flag: 'wx' })
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
    const why = code === 'EEXIST' ? 'exists already, and was left as it is' : `could not be written (${code})`
    throw new MaydayError('USAGE', { what: `${path} ${why}.`, hint: 'Name a new file.', cause })
  }
}

async function done({ io, json }: Call, id: IncidentId): Promise<Exit> {
  const config = loadConfig(io, { slackless: true })
  const { clock } = quietWorld(config)
  const { said, state } = await withGround(config, async ({ store, newId }) => {
    const words = await markReviewed({ store, clock, newId, changed: () => undefined }, id, operator())
    return { said: words, state: (await store.incidents.get(id))?.state }
  })
  const words = line(readable(said), 2_000)
  io.out(json ? JSON.stringify({ incident: id, state, said: words }) : words)
  return state === 'reviewed' ? 0 : 1
}
