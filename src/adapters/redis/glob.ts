/** Patterns of a target: a literal beginning and a star. Pure. */
import { MaydayError } from '../../errors.js'

/** The literal part of `name:*`. Throws `CONFIG_INVALID` for anything that does not end in its only open end. */
export function prefixOf(pattern: string): string {
  const prefix = pattern.endsWith('*') ? pattern.slice(0, -1) : ''
  if (prefix === '') {
    throw new MaydayError('CONFIG_INVALID', {
      what: `The pattern ${JSON.stringify(pattern)} of a purge target is not the beginning of a name followed by one *.`,
      hint: 'Write it like cache:push:* in mayday.yml; everything before the last * is taken literally.',
    })
  }
  return prefix
}

/** The same characters, literally, for MATCH: `[`, `]`, `?`, `*`, `^`, `-` and `\` mean something there. */
export function escapeGlob(literal: string): string {
  return literal.replace(/[[\]?*^\\-]/gu, '\\$&')
}
