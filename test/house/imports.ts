import type { Import, Source } from './read.js'

/** Files that every room and adapter may use: the outside world, the errors, words for Slack, the nouns. */
const COMMON = [/^src\/ports(\.ts|\/)/, /^src\/errors\.ts$/, /^src\/mrkdwn\.ts$/, /^src\/incidents\/incident\.ts$/]
const ROOM = /^src\/(?!adapters\/|cli\/|config\/|simulator\/|ports\/)[^/]+\//
const ANYTHING_BUT_THE_SIMULATOR = /^src\/(?!simulator\/)/

/** Which files of ours a file may import. The first line that fits it decides. */
const INNER: readonly (readonly [RegExp, readonly RegExp[]])[] = [
  [/^src\/simulator\//, [/^src\/simulator\//]],
  [/^src\/cli\/demo(\.ts|\/|-)/, [/^src\//]],
  [/^src\/(main\.ts$|cli\/)/, [ANYTHING_BUT_THE_SIMULATOR]],
  [/^src\/(app|wiring)\.ts$/, [...COMMON, ROOM, /^src\/(adapters|config)\//, /^src\/(reactions|wiring|app)\.ts$/]],
  [/^src\/reactions\.ts$/, [...COMMON, ROOM]],
  [
    /^src\/adapters\/world(\.ts$|\/)/,
    [...COMMON, /^src\/(adapters|config|checklists\/library)\//, /^src\/(app|checklists\/checklist)\.ts$/],
  ],
  [/^src\/adapters\//, [...COMMON, /^src\/(adapters|config)\//]],
  [/^src\/config\//, [/^src\/(config\/|errors\.ts$)/]],
  [/^src\/errors\.ts$/, []],
  [/^src\/(ports|mrkdwn)/, COMMON],
]

const EDGE = /^src\/(adapters\/|simulator\/|cli\/|main\.ts$)/
const BOLT_TYPES = /^src\/(.+\/listeners\.ts$|adapters\/slack\/)/
/** Packages that touch nothing outside the process. */
const HARMLESS = new Set(['zod', 'yaml', 'minisearch', '@slack/types'])

/** Imports of this file that the house forbids, in words. */
export function forbiddenImports(source: Source): readonly string[] {
  return source.imports
    .filter(
      (one) => !(one.to.startsWith('src/') ? isInnerAllowed(source.path, one.to) : isOuterAllowed(source.path, one)),
    )
    .map((one) => `${source.path} imports ${one.to}`)
}

function isInnerAllowed(from: string, to: string): boolean {
  const room = ROOM.exec(from)?.[0]
  const allowed = INNER.find(([files]) => files.test(from))?.[1] ?? [
    ...COMMON,
    ...(room === undefined ? [] : [new RegExp(`^${room}`)]),
  ]
  return allowed.some((pattern) => pattern.test(to))
}

function isOuterAllowed(from: string, { to, typesOnly }: Import): boolean {
  if (to === '@slack/bolt') return BOLT_TYPES.test(from) && (typesOnly || from.startsWith('src/adapters/slack/'))
  return HARMLESS.has(to) || EDGE.test(from)
}
