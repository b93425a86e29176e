/** `mayday docs`: what is written about a trouble, for when Slack is part of it. Needs no other setting than the files. */

import { systemClock } from '../adapters/system.js'
import { openLibrary } from '../adapters/world/library.js'
import { knownLinks } from '../checklists/docs/known.js'
import type { KnownLinks } from '../checklists/docs/links.js'
import { type DocView, findFor, viewAll } from '../checklists/docs/view.js'
import { docLines } from '../checklists/docs/words.js'
import type { Library } from '../checklists/library/library.js'
import { invalid } from '../config/config.js'
import type { Fault } from '../config/fault.js'
import { readFile } from '../config/read-file.js'
import { MaydayError } from '../errors.js'
import { dirOf } from './checklist.js'
import { openAnyGround } from './ground.js'
import { type Call, type Command, type Exit, type Io, loadConfig, quietWorld, settingsFile } from './io.js'

export const docs: Command = {
  usage: 'docs search WORDS|list',
  help: 'the documents for a trouble, with the age of their review, owner and state of their link',
  flags: {},
  run: async (call) => {
    const [what, ...rest] = call.positionals
    const words = rest.join(' ').trim()
    if (what === 'list' && rest.length === 0) return list(call)
    if (what === 'search' && words !== '') return search(call, words)
    const said = what === 'search' ? docLines.noWords : docLines.sayWhat
    throw new MaydayError('USAGE', { what: said, hint: docLines.usage })
  },
}

async function list({ io, json }: Call): Promise<Exit> {
  const [library, known] = await Promise.all([libraryOf(io), knownOf(io)])
  const all = viewAll(library, known ?? NOTHING, systemClock.now())
  if (json) io.out(JSON.stringify({ docs: all, linksKnown: known !== undefined }))
  else if (all.length === 0) io.out(docLines.none)
  else print(io, all, known)
  return 0
}

async function search({ io, json }: Call, words: string): Promise<Exit> {
  const [library, known] = await Promise.all([libraryOf(io), knownOf(io)])
  const found = findFor(library, known ?? NOTHING, words, systemClock.now())
  if (json) {
    io.out(JSON.stringify({ words, ...found, linksKnown: known !== undefined }))
    return 0
  }
  if (found.docs.length + found.checklists.length === 0) io.out(docLines.nothing(words))
  else print(io, found.docs, known)
  for (const one of found.checklists) io.out(docLines.checklist(one))
  return 0
}

const NOTHING: KnownLinks = { since: 0, links: {} }

function print(io: Io, all: readonly DocView[], known: KnownLinks | undefined): void {
  for (const doc of all) for (const words of docLines.rows(doc)) io.out(words)
  if (known === undefined) io.err(docLines.blind)
}

async function libraryOf(io: Io): Promise<Library> {
  const faults: Fault[] = []
  const file = readFile(settingsFile(io), faults)
  if (file === undefined || faults.length > 0) throw invalid(faults)
  return openLibrary({ checklistsDir: dirOf(io), docs: file.docs }, systemClock.now())
}

/** What the bot has learnt of links. Undefined: who asks at 2 am needs the document, and not for that a whole set-up. */
async function knownOf(io: Io): Promise<KnownLinks | undefined> {
  try {
    const config = loadConfig(io, { slackless: true })
    const { ground, trouble } = await openAnyGround(config, quietWorld(config))
    if (trouble !== undefined) return undefined
    try {
      return await knownLinks(ground.store.notes)
    } finally {
      await ground.store.close()
    }
  } catch (error) {
    if (error instanceof MaydayError) return undefined
    throw error
  }
}
