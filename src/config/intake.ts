/** Other ways in: `intake` of mayday.yml, and the secrets of the environment. */
import { z } from 'zod'
import { parseDuration } from './duration.js'
import type { Environment } from './environment.js'

export const intake = z
  .strictObject({
    github: z
      .strictObject({
        labels: z.array(z.string().min(1).max(100)).default([]).describe('Issues with one of these labels page.'),
        answer_within: z
          .string()
          .regex(/^\d+(\.\d+)?\s*(m|h|d)$/, 'a duration such as 4h or 2d')
          .default('2d')
          .transform((text) => parseDuration(text) ?? 0)
          .describe('The channel is told once of such an issue when no member has commented for this long.'),
        page_when_late: z.boolean().default(false).describe('true: that pages, too.'),
      })
      .prefault({}),
  })
  .describe('What other machines may tell over HTTP: POST /intake/alert and POST /intake/github.')

export interface IntakeConfig {
  /** Undefined: POST /intake/alert is off. */
  readonly alertSecret?: string
  /** Undefined: POST /intake/github is off. */
  readonly githubSecret?: string
  readonly github: {
    readonly labels: readonly string[]
    readonly answerWithinMs: number
    readonly pageWhenLate: boolean
  }
}

export function readIntake(env: Environment, { github }: z.output<typeof intake>): IntakeConfig {
  return {
    github: { labels: github.labels, answerWithinMs: github.answer_within, pageWhenLate: github.page_when_late },
    ...(env.INTAKE_SECRET === undefined ? {} : { alertSecret: env.INTAKE_SECRET }),
    ...(env.GITHUB_WEBHOOK_SECRET === undefined ? {} : { githubSecret: env.GITHUB_WEBHOOK_SECRET }),
  }
}
