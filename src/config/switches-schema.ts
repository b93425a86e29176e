/** `switches` of mayday.yml. */
import { z } from 'zod'
import { parseDuration } from './duration.js'

const name = z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, 'a short lower-case name')

const remind_every = z
  .string()
  .regex(/^\d+(\.\d+)?\s*(m|h|d)$/, 'a duration such as 30m or 2h')
  .default('30m')
  .transform((text) => parseDuration(text) ?? 0)
  .describe('How often people are told while it is off.')

const app = z.string().regex(/^[a-z][a-z0-9-]{1,29}$/, 'the name of a Heroku app')

const api_key_env = z
  .string()
  .regex(/^[A-Z][A-Z0-9_]*$/, 'the name of an environment variable')
  .default('HEROKU_API_KEY')
  .describe('Name of the environment variable with the Heroku API key.')

const hold = z.strictObject({
  kind: z.literal('rpush_hold'),
  target: name.describe('A purge target of layout rpush.'),
  remind_every,
})

const scale = z.strictObject({
  kind: z.literal('heroku_scale'),
  app,
  process: z
    .string()
    .regex(/^[-\w]{1,128}$/, 'a process type of the Procfile')
    .describe('Off is 0 of them.'),
  quantity: z
    .number()
    .int()
    .min(1)
    .max(1000)
    .optional()
    .describe('How many to start when Mayday did not see how many ran before.'),
  api_key_env,
  remind_every,
})

const config = z.strictObject({
  kind: z.literal('heroku_config'),
  app,
  var: z
    .string()
    .regex(/^[A-Za-z_]\w{0,127}$/, 'the name of a config var')
    .describe('Off removes it; its value is never shown.'),
  api_key_env,
  remind_every,
})

export const switches = z
  .record(name, z.discriminatedUnion('kind', [hold, scale, config]))
  .default({})
  .describe('What people may turn off while they think, and back on: /mayday switch NAME off|on.')
