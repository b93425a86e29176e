import { readdirSync, readFileSync } from 'node:fs'
import type { Checklist } from '../../src/checklists/checklist.js'
import { faultText, parseChecklists } from '../../src/checklists/library/parse.js'
import type { SourceFile } from '../../src/checklists/library/source.js'

const folder = new URL('../../checklists/', import.meta.url)

/** The files that ship, as an adapter would read them. */
export const files: readonly SourceFile[] = readdirSync(folder)
  .filter((name) => name.endsWith('.yml'))
  .map((name) => ({ file: `checklists/${name}`, text: readFileSync(new URL(name, folder), 'utf8') }))

/** A day after the last review of what ships, so that these tests give the same answer on every day. */
export const SHIPPED_DAY =
  86_400_000 +
  Math.max(
    ...files.flatMap(({ text }) =>
      [...text.matchAll(/reviewed: (\d{4}-\d\d-\d\d)/g)].map(([, day = '']) => Date.parse(day)),
    ),
  )

export function shipped(): readonly Checklist[] {
  const { checklists, faults } = parseChecklists(files, SHIPPED_DAY)
  if (faults.length > 0) throw new Error(faults.map(faultText).join('\n'))
  return checklists
}
