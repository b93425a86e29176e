import { z } from 'zod'
import { fileSchema } from './file-schema.js'

/**
 * The JSON Schema of mayday.yml for editors, as text: what a person may type, so defaults are optional and durations
 * are text. Rules across several keys are left out; the start and `mayday doctor` check them.
 */
export function fileJsonSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(fileSchema, { io: 'input' }), null, 2)}\n`
}
