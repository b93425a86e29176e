/** Every secret of a configuration. Pure. */
import type { Config } from './config.js'

/** What must never be seen in a log line, or leave in a request that is not for it. */
export function secretsOf(config: Config): readonly string[] {
  const { slack, pagerduty, teams, store, purge, switches, intake } = config
  const password = URL.canParse(store.url) ? decodeURIComponent(new URL(store.url).password) : ''
  // why: several hosts make it no URL for the parser; the password is between the first colon and the last @.
  const [, redis = ''] = /^[a-z+]+:\/\/[^:@/]*:(.*)@/u.exec(purge.redisUrl ?? '') ?? []
  return [
    slack.botToken,
    slack.mode.kind === 'socket' ? slack.mode.appToken : slack.mode.signingSecret,
    pagerduty.routingKey,
    pagerduty.token ?? '',
    pagerduty.webhookSecret ?? '',
    password,
    redis,
    ...teams.map((team) => team.routingKey ?? ''),
    ...switches.all.flatMap((one) => ('apiKey' in one ? [one.apiKey] : [])),
    ...[switches.secretsKey ?? '', intake.alertSecret ?? '', intake.githubSecret ?? ''],
  ]
}
