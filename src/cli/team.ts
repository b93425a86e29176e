import type { Config } from '../config/config.js'
import { MaydayError } from '../errors.js'

/** The team that `--team` names; undefined without it. `USAGE` naming the teams. `undone` completes "…; nobody was paged." */
export function teamOf(config: Config, flag: string | boolean | undefined, undone: string): string | undefined {
  if (flag === undefined) return undefined
  const names = config.teams.map((team) => team.name)
  const name = String(flag)
  if (names.includes(name)) return name
  const known = names.length === 0 ? 'No teams are configured (teams in mayday.yml).' : `Teams: ${names.join(', ')}.`
  throw new MaydayError('USAGE', {
    what: `There is no team "${name}"; ${undone}.`,
    hint: `${known} Without --team it is the default service.`,
  })
}
