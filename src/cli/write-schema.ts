/** `npm run schema`: writes mayday.schema.json, which editors use for mayday.yml. */
import { writeFileSync } from 'node:fs'
import { fileJsonSchema } from '../config/json-schema.js'

writeFileSync('mayday.schema.json', fileJsonSchema())
