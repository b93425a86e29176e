/** `mayday oncall`: who would be called now. */
import { MaydayError } from '../errors.js'
import { line, span, utc } from '../mrkdwn.js'
import type { OnCall, OnCallPerson } from '../ports.js'
import { openAnyGround } from './ground.js'
import { type Command, loadConfig, quietWorld } from './io.js'
import { teamOf } from './team.js'

export const onCall: Command = {
  usage: 'oncall [--team NAME]',
  help: 'who is on call now, with the phone numbers that Mayday knows',
  flags: { team: { type: 'string', about: 'a team of mayday.yml instead of the default service' } },
  run: async ({ io, json, flags }) => {
    const config = loadConfig(io, { slackless: true })
    const team = teamOf(config, flags['team'], 'nobody was looked up')
    const world = quietWorld(config)
    const { ground } = await openAnyGround(config, world)
    try {
      const list = await ground.directory.onCall(team)
      if (list === undefined) throw unknown(config.pagerduty.token !== undefined)
      const ageMs = Math.max(0, world.clock.now() - list.readAt)
      if (json) io.out(JSON.stringify({ team: team ?? null, ageMs, people: list.people }))
      else for (const words of lines(list, ageMs)) io.out(words)
      return 0
    } finally {
      await ground.store.close()
    }
  },
}

/** A copy older than this is told to be old, ms: fresh ones are at most a minute old. */
const OLD_MS = 120_000

function lines(list: OnCall, ageMs: number): readonly string[] {
  const old = ageMs > OLD_MS ? [`This list is ${span(ageMs)} old: PagerDuty does not answer.`] : []
  if (list.people.length === 0) return ['Nobody is on call. A page would reach nobody.', ...old]
  return [...list.people.map(row), ...old]
}

function row(person: OnCallPerson): string {
  const phone = person.phone === undefined ? 'no number known' : line(person.phone, 40)
  const until = person.until === undefined ? 'permanent' : `until ${utc(person.until)}`
  const schedule = person.schedule === undefined ? '' : `, ${line(person.schedule, 80)}`
  return `level ${person.level}: ${line(person.name, 80)}, ${phone} (${until}${schedule})`
}

function unknown(hasToken: boolean): MaydayError {
  return hasToken
    ? new MaydayError('PAGER_UNAVAILABLE', {
        what: 'PagerDuty did not say who is on call, and Mayday has no earlier copy.',
        hint: 'mayday doctor says why; until then call the people in paging.contacts of mayday.yml.',
      })
    : new MaydayError('PAGER_AUTH', {
        what: 'Mayday cannot say who is on call: PAGERDUTY_API_TOKEN is not set.',
        hint: 'Create a REST API key in PagerDuty (Integrations > API Access Keys) and set it.',
      })
}
