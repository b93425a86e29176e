/** `mayday jobs`: jobs of one class out of Sidekiq's queues, schedule, retries and dead set, and back. */
import { MaydayError } from '../errors.js'
import { line } from '../mrkdwn.js'
import type { Command } from './io.js'
import { confirmAndRun, countThem, makePlan, showPlan } from './plan-purge.js'
import { undoPurge } from './purge.js'
import { withPurging } from './purging.js'

export const jobs: Command = {
  usage: 'jobs count|plan|remove|undo [NAME|NUMBER]',
  help: 'count, remove and put back Sidekiq jobs of one class',
  flags: {
    'no-archive': { type: 'boolean', about: 'keep no archive: faster, and cannot be undone' },
    yes: { type: 'boolean', about: 'remove: confirm without being asked; needs the number and --digest of a plan' },
    digest: { type: 'string', about: 'remove --yes: the digest that the plan showed, at least 8 characters' },
  },
  run: async (call) => {
    const [what = '', rest, ...more] = call.positionals
    const number = /^#?(\d{1,9})$/u.exec(rest ?? '')?.[1]
    if (!['count', 'plan', 'remove', 'undo'].includes(what) || more.length > 0) {
      throw new MaydayError('USAGE', {
        what: `"${line(call.positionals.join(' '), 80)}" is not known here; nothing was done.`,
        hint: `mayday ${jobs.usage}`,
      })
    }
    return withPurging(call, 'jobs', async (terminal) => {
      if (what === 'undo') return undoPurge(call, terminal, rest)
      if (what === 'count') return countThem(call, terminal, terminal.target(rest))
      if (what === 'remove') {
        const planned = number === undefined ? undefined : await terminal.purging.get(Number(number))
        return confirmAndRun(call, terminal, planned ?? terminal.target(rest))
      }
      showPlan(call, terminal, await makePlan(call, terminal, terminal.target(rest)))
      return 0
    })
  },
}
