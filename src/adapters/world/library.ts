/** The checklists and documents of a Config, read from the disk. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Doc } from '../../checklists/checklist.js'
import { createLibrary, type Library } from '../../checklists/library/library.js'
import { checklistInvalid, parseChecklists } from '../../checklists/library/parse.js'
import type { SourceFile } from '../../checklists/library/source.js'
import type { Config } from '../../config/config.js'
import { parseDuration } from '../../config/duration.js'
import { MaydayError } from '../../errors.js'

/** The checklists of the configured folder and the documents of mayday.yml. Throws `CHECKLIST_INVALID` with every fault. */
export async function openLibrary(config: Pick<Config, 'checklistsDir' | 'docs'>, now: number): Promise<Library> {
  const { checklists, faults } = parseChecklists(await readChecklists(config.checklistsDir), now)
  if (faults.length > 0) throw checklistInvalid(faults)
  return createLibrary(checklists, config.docs.map(docOf))
}

/** The `.yml` and `.yaml` files of a folder. Throws `CHECKLIST_INVALID` when it cannot be read. */
export async function readChecklists(dir: string): Promise<readonly SourceFile[]> {
  try {
    const names = (await readdir(dir)).filter((name) => /\.ya?ml$/u.test(name)).sort()
    return await Promise.all(
      names.map(async (name) => ({ file: join(dir, name), text: await readFile(join(dir, name), 'utf8') })),
    )
  } catch (cause) {
    throw new MaydayError('CHECKLIST_INVALID', {
      what: `The checklists in ${dir} cannot be read; none was loaded.`,
      hint: 'Set CHECKLISTS_DIR to the folder that holds them.',
      cause,
    })
  }
}

function docOf(doc: Config['docs'][number]): Doc {
  const every = doc.review_every === undefined ? undefined : parseDuration(doc.review_every)
  return {
    title: doc.title,
    url: doc.url,
    keywords: doc.keywords,
    ...(doc.about === undefined ? {} : { about: doc.about }),
    ...(doc.reviewed === undefined ? {} : { reviewed: doc.reviewed }),
    ...(doc.owner === undefined ? {} : { owner: doc.owner }),
    ...(every === undefined ? {} : { reviewEveryDays: Math.max(1, Math.round(every / 86_400_000)) }),
  }
}
