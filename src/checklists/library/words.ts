/**
 * From what people type at 2 am to the things they mean. Pure. English, in small: a handful of words for the same thing,
 * words that say nothing alone, and turns of phrase that would otherwise mislead ("git push", "e-mail notifications").
 * A word that is not listed here means itself.
 */

/** A word as the index knows it. */
export interface Word {
  /** The word's stem. */
  readonly stem: string
  /** Same for all words of one meaning. */
  readonly meaning: string
  /** Found in half of all messages, such as "down" or "users": proves nothing alone. */
  readonly generic: boolean
}

/** Words of one meaning; true synonyms only, because each one is as good as the other in a match. */
const SAME = [
  ['push', 'notification', 'notif', 'noti'],
  ['duplicate', 'dupe', 'twice', 'double', 'repeated', 'repeatedly'],
  ['queue', 'backlog', 'enqueued'],
  ['delete', 'purge', 'flush', 'wipe', 'clear'],
  ['deploy', 'deployment', 'release', 'rollout', 'redeploy'],
  ['rollback', 'revert'],
  ['login', 'logon', 'signin', 'auth', 'authentication'],
  ['database', 'db'],
  ['postgres', 'postgresql', 'pg'],
  ['memory', 'ram', 'oom'],
  ['certificate', 'cert', 'ssl', 'tls'],
  ['timeout', 'timedout'],
] as const

/** As `SAME`, for meanings that prove nothing alone. */
const SAME_GENERIC = [
  ['down', 'broken', 'broke', 'break', 'outage', 'unreachable', 'offline', 'dead', 'unavailable', 'fail', 'failure'],
  ['cant', 'cannot', 'unable', 'not', 'no', 'none', 'never'],
  ['site', 'website', 'homepage', 'prod', 'production'],
  ['app', 'application'],
  ['user', 'customer', 'client', 'people', 'everyone', 'everybody', 'folk'],
  ['slow', 'sluggish', 'laggy', 'lag', 'latency', 'delay', 'late'],
  ['error', 'exception', 'stacktrace'],
  ['send', 'sent', 'receive', 'arrive', 'deliver', 'delivery'],
  ['stuck', 'hang', 'hung', 'frozen', 'freeze', 'unresponsive'],
  ['many', 'million', 'thousand', 'lot', 'ton', 'flood', 'spam'],
] as const

const GENERIC =
  'server service system page work problem issue bad wrong message restart start stop load test new old big full'.split(
    ' ',
  )

const STOP = new Set(
  (
    'a about after again all also am an and any anyone are as asap at be because been before being bit but by can come ' +
    'could did do does doing during each else emergency even ever for from get gets getting go goes going good got guys had has ' +
    'have having hello help here hey hi how i if in into is it its just keep keeps kind know like look looking looks lots ' +
    'made make making maybe me might more most much must my need now of off ok okay on once one only or other our ' +
    'out over please pls pushed pushing really right said say saying see seeing seem seems she should since so some ' +
    'somebody someone something sort still suddenly take team than thanks that the their them then there they this ' +
    'those time times to today together tonight too try trying under until up upon urgent us very via want was way we well ' +
    'went were what when where which while who why will with would wtf yes yet you your yesterday minute minutes hour hours'
  ).split(' '),
)

/** Turns of phrase, on lower-case text without apostrophes. */
const PHRASES: readonly (readonly [RegExp, string])[] = [
  // Delivery by another road is not a push notification.
  [
    /\b(e ?-?mail|mail|sms|text|slack|github|jira|calendar|sentry|pagerduty) (notification|notif|noti|alert)s?\b/g,
    '$1',
  ],
  [/\b(notification|notif) (e ?-?mail|sms|text)s?\b/g, '$2'],
  // Pushing code, meetings and people.
  [/\bgit push(es|ed|ing)?\b/g, 'git'],
  [
    /\bpush (back|code|commits?|changes|it|this|my|our|(to )?(prod|production|staging|git|github|heroku|main|master))\b/g,
    ' ',
  ],
  [/\bpush (a|an|the|another|some) (\w+ )?(fix|hotfix|change|commit|patch|branch|tag|version|release|build)\b/g, ' '],
  [/\b(not|cant|cannot|couldnt|unable to) push\b(?! (notif|to (users|guests|hosts|customers|phones|devices)))/g, ' '],
  [/\b(german|french|spanish|italian|english|polish|dutch) (text|string|label)s?\b/g, 'translation'],
  [
    /\b(since|until|before|after|during|over|at) (lunch|breakfast|dinner|coffee|standup|the (meeting|standup|weekend))\b/g,
    ' ',
  ],
  [/\b(board|investors?|shareholders?) meetings?\b/g, '$1'],
  [/\bback ?-?office\b/g, 'admin panel'],
  [/\b(slow|slows|slowed|slowing) down\b|\bslowdown\b/g, 'slow'],
  [/\b(scale|shut|calm|write|come|cool|wind|track|narrow|sit|lie|turn|step|stand|walk|go|going) down\b/g, ' '],
  [/\b(log|sign)(ged|ging|ned|ning|s)?[ -](in|on|into)\b|\blog-?ons?\b/g, 'login'],
  [/\b(roll|rolls|rolled|rolling)[ -]?back\b/g, 'rollback'],
  [/\b(out of memory|oom ?killed)\b/g, 'memory'],
  [/\btim(e|es|ed|ing)[ -]?outs?\b/g, 'timeout'],
  [/\b(backed|piling|piled|pile|piles|building) up\b/g, 'queue'],
  [/\b(several|multiple|many|two|three|2|3|4|5) times\b|\bmore than once\b|\bover and over\b/g, 'twice'],
  [/\b(cant|cannot|can not|couldnt|unable to) (reach|open|load|access|connect to|get to|get into|use|see)\b/g, 'down'],
  [
    /\b(not|isnt|arent|wont|doesnt|dont) (be )?(load|loading|respond|responding|open|opening|reachable|available|up)\b/g,
    'down',
  ],
  [/\b(not|isnt|arent|doesnt|dont|wont|stopped|stops) (work|working)\b/g, 'broken'],
  [/\b(cant|cannot|can not|couldnt|wont|doesnt|dont|didnt|isnt|arent|wasnt|havent|hasnt)\b/g, 'not'],
]

/** "Push is fine" and the like: what works is not what they ask about. */
const FINE = /\b(is|are|was|were|looks?|seems?|still|all) (fine|ok|okay|healthy|unaffected|normal|good)\b/
const NOT_FINE = /\b(not|isnt|arent|wasnt|until|before|longer|anymore|never)\b/

const MEANINGS = new Map<string, string>()
const WORDS_OF = new Map<string, readonly string[]>()
const GENERIC_MEANINGS = new Set<string>()
for (const group of [...SAME, ...SAME_GENERIC]) {
  const stems = group.map(stem)
  const meaning = stems[0] ?? ''
  WORDS_OF.set(meaning, stems)
  for (const one of stems) MEANINGS.set(one, meaning)
}
for (const word of [...SAME_GENERIC.map((group) => group[0]), ...GENERIC]) GENERIC_MEANINGS.add(stem(word))

/** Longest part of a message that is looked at, in UTF-16 units: what matters is said first, pasted logs come later. */
const LOOKED_AT = 2_000

/** The message's clauses, each as its words, without clauses that only say what is fine. */
export function clausesOf(text: string): readonly (readonly Word[])[] {
  return clauses(text)
    .map(words)
    .filter((clause) => clause.length > 0)
}

/** As `clausesOf`, but every word of a clause, as its stem: also those that say nothing alone. */
export function stemsInClauses(text: string): readonly (readonly string[])[] {
  return clauses(text)
    .map((clause) => tokens(clause).map((word) => (KEPT.test(word) ? word : stem(word))))
    .filter((clause) => clause.length > 0)
}

/** People push code, meetings and secrets, a push is what they call a notification; and somebody else's is not somebody else. */
const KEPT = /^(push(ed|ing)|elses|building|heating|meeting)$/

function clauses(text: string): readonly string[] {
  return withoutSlack(text.slice(0, LOOKED_AT))
    .split(/[.!?,;:]+(?:\s|$)|[\n()]+|\bbut\b|\s-+\s/)
    .filter((clause) => !FINE.test(clause) || NOT_FINE.test(clause))
}

/** The words of a phrase from a file, one for each meaning. */
export function wordsOf(phrase: string): readonly Word[] {
  const byMeaning = new Map<string, Word>()
  for (const word of words(withoutSlack(phrase))) if (!byMeaning.has(word.meaning)) byMeaning.set(word.meaning, word)
  return [...byMeaning.values()]
}

/** All stems that mean the same as this meaning. */
export function stemsOf(meaning: string): readonly string[] {
  return WORDS_OF.get(meaning) ?? [meaning]
}

/** Lower case, no accents, no apostrophes, and of Slack's own markup only what the person typed. */
function withoutSlack(text: string): string {
  return apart(text)
    .replace(/<[@#!][^>]*>/g, ' ')
    .replace(/<[a-z]+:[^|>]*\|([^>]*)>/gi, ' $1 ')
    .replace(/<[a-z]+:[^>]*>|https?:\S+/gi, ' ')
    .replace(/&(amp|lt|gt);/g, ' ')
    .replace(/:[a-z0-9_+-]*[a-z][a-z0-9_+-]*:/gi, ' ')
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/(?<=[a-z])['’`](?=[a-z])/g, '')
}

/** Names of errors in their words: `ActiveRecord::ConnectionTimeoutError` is about a connection and a time-out. */
function apart(text: string): string {
  return text
    .replace(/(?<=[A-Za-z])::(?=[A-Z])/g, ' ')
    .replace(
      /\b[A-Z]?[A-Za-z0-9]*[a-z](Error|Exception|Timeout|Failure|Failed|Denied|Refused|Invalid|Expired)\b/g,
      parted,
    )
    .replace(/(?<=\s)(?:[A-Z][a-z]+){2,}(?=\s|$)/g, (name) => (NAMES.test(name) ? name : `${name} ${parted(name)}`))
}

/** Written in two humps and yet one word. */
const NAMES = /^(Git|You|Java|Type|Pager|Linked|Open|Big|Data|Work|Elastic|Cloud|Dynamo|Mailgun|Send|Launch|Next|Lets)/

function parted(name: string): string {
  return name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, ' ')
}

function words(clause: string): readonly Word[] {
  return tokens(clause)
    .filter((word) => !STOP.has(word) && word.length > 1 && !/^\d+[km]?$/.test(word.replace(/^\d{3}$/, 'code')))
    .map((word) => {
      const one = stem(word)
      const meaning = MEANINGS.get(one) ?? one
      return { stem: one, meaning, generic: GENERIC_MEANINGS.has(meaning) }
    })
}

function tokens(clause: string): readonly string[] {
  const plain = PHRASES.reduce(
    (text, [pattern, meant]) => text.replace(pattern, meant),
    clause.replace(/[^\S\n]+/g, ' '),
  )
  return plain.match(/[\p{L}\p{N}]+/gu) ?? []
}

/** Plural, -ing, -ed and a final e taken off; crude, but the same on both sides of a comparison. */
export function stem(word: string): string {
  if (word.length <= 3) return word
  let short = word.replace(/(?<=..)ie[sd]$/, 'y')
  if (/[^suis]s$/.test(short) || /[^s]es$/.test(short)) short = short.slice(0, -1)
  const cutOff = short.replace(/(ing|ed)$/, '')
  if (cutOff !== short && cutOff.length >= 3 && /[aeiouy]/.test(cutOff)) short = cutOff.replace(/([bdgmnprt])\1$/, '$1')
  return short.length > 3 ? short.replace(/e$/, '') : short
}
