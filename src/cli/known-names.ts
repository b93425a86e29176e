/** Every name that checklists may use, from the configuration and from the tables of commands. */

import { CHECKLIST_USAGE } from '../checklists/commands.js'
import { type KnownNames, unknownNames } from '../checklists/library/names.js'
import type { Fault, SourceFile } from '../checklists/library/source.js'
import { invalid } from '../config/config.js'
import type { Fault as SettingFault } from '../config/fault.js'
import type { FileConfig } from '../config/file-schema.js'
import { readPurge } from '../config/purge.js'
import { readFile } from '../config/read-file.js'
import { SUBCOMMANDS } from '../incidents/commands.js'
import { PURGE_SUBCOMMANDS } from '../purge/commands.js'
import { commandNames } from './cli.js'
import { type Io, settingsFile } from './io.js'

/** Names in these checklists, and in the documents of mayday.yml, that mayday.yml does not know. `CONFIG_INVALID`. */
export function namesUnknownTo(io: Io, files: readonly SourceFile[], checklists: readonly string[]): readonly Fault[] {
  const settings = settingsFile(io)
  const faults: SettingFault[] = []
  const file = readFile(settings, faults)
  if (file === undefined || faults.length > 0) throw invalid(faults)
  const docs = settings === undefined ? [] : [{ file: settings.name, text: settings.text }]
  return unknownNames([...files, ...docs], knownNames(file, checklists))
}

function knownNames(file: FileConfig, checklists: readonly string[]): KnownNames {
  const { targets } = readPurge({}, file)
  return {
    target: targets.filter((one) => one.layout !== 'sidekiq').map((one) => one.name),
    jobs: targets.filter((one) => one.layout === 'sidekiq').map((one) => one.name),
    team: Object.keys(file.teams),
    switch: Object.keys(file.switches),
    checklist: checklists,
    commands: {
      mayday: Object.keys(SUBCOMMANDS),
      'purge-push': Object.keys(PURGE_SUBCOMMANDS),
      'incident-checklist': Object.keys(CHECKLIST_USAGE).flatMap((usage) => usage.split(' ')[0] || []),
      'npx mayday': commandNames(),
    },
  }
}
