/**
 * What a checklist file may hold. Pure. Every rule's message completes the sentence "accepted: …", because the person who
 * reads it has the file open and wants to know what to type.
 */
import { z } from 'zod'
import { CONDITIONS, isConditionName, namedBy } from '../conditions.js'
import { isDay } from '../progress.js'

/** Days between reviews where nothing else is said. */
export const REVIEW_EVERY_DAYS = 90

const id = 'lower-case letters, digits and dashes, beginning with a letter or digit, at most 40 characters'
const slug = z.string({ error: id }).regex(/^[a-z0-9][a-z0-9-]{0,39}$/, id)

/** One line of 1 to `max` characters. Numbers and yes/no must be quoted in YAML, so they are named here. */
function text(max: number) {
  const accepted = `text on one line, 1 to ${max} characters (in quotes if YAML reads it as something else)`
  return z
    .string({ error: accepted })
    .max(max, accepted)
    .regex(/^[^\n\r]*\S[^\n\r]*$/, accepted)
}

function paragraph(max: number) {
  const accepted = `text, 1 to ${max} characters`
  return z.string({ error: accepted }).max(max, accepted).regex(/\S/, accepted)
}

function list<T extends z.ZodType>(of: T, min: number, max: number) {
  const accepted = `a list of ${min} to ${max} entries`
  return z.array(of, { error: accepted }).min(min, accepted).max(max, accepted)
}

const isoDate = 'a date as YYYY-MM-DD that exists'
const date = z.string({ error: isoDate }).refine(isDay, isoDate)

const webAddress = 'an address that begins with http:// or https://, at most 2,000 characters, without spaces'
const url = z.string({ error: webAddress }).max(2000, webAddress).refine(isWebAddress, webAddress)

/** A number of days, from "90d" or "12w". */
function days(max: number, accepted: string) {
  return z
    .string({ error: accepted })
    .regex(/^[1-9]\d{0,2}[dw]$/, accepted)
    .transform((said) => Number.parseInt(said, 10) * (said.endsWith('w') ? 7 : 1))
    .refine((count) => count <= max, accepted)
}
const reviewEvery = days(730, 'a number of days or weeks such as 90d or 12w, from 1d to 730d')
const due = days(90, 'days or weeks from the start of the checklist, such as 2d or 1w, from 1d to 90d')

const condition = `what ticks the step by itself: ${Object.entries(CONDITIONS)
  .map(([name, by]) => `${name}${by === 'nothing' ? '' : ` [${by.toUpperCase()}]`}`)
  .join(', ')}`
const doneWhen = z
  .string({ error: condition })
  .regex(/^[a-z_]+( [a-z0-9][a-z0-9_-]{0,39})?$/, condition)
  .transform((said, ctx) => {
    const [name = '', of] = said.split(' ')
    if (isConditionName(name) && (of === undefined || namedBy(name) !== 'nothing'))
      return { name, ...(of === undefined ? {} : { of }) }
    ctx.addIssue({ code: 'custom', message: condition, input: said })
    return z.NEVER
  })

/** A document as checklists and `mayday.yml` list it. */
export const docSchema = z.strictObject(
  {
    title: text(150),
    url,
    about: text(300),
    keywords: list(text(80), 1, 50),
    reviewed: date,
    owner: text(80).exactOptional(),
  },
  { error: 'a document with title, url, about, keywords and reviewed' },
)

/** A step as a file says it. */
export const stepSchema = z.strictObject(
  {
    id: slug,
    title: text(150),
    help: paragraph(600).exactOptional(),
    doc: text(150).exactOptional(),
    command: text(200).exactOptional(),
    owner: text(80).exactOptional(),
    required: z.boolean({ error: 'true or false' }).default(false),
    due: due.exactOptional(),
    blocks_review: z.boolean({ error: 'true or false' }).default(false),
    done_when: doneWhen.exactOptional(),
  },
  { error: 'a step with at least id and title' },
)

/** A whole file. Strict: a misspelt key is a fault, never a setting that silently does nothing. */
export const checklistSchema = z.strictObject(
  {
    name: slug,
    title: text(100),
    about: text(300),
    owner: text(80),
    reviewed: date,
    review_every: reviewEvery.default(REVIEW_EVERY_DAYS),
    always: z.boolean({ error: 'true or false' }).default(false),
    symptoms: list(text(80), 0, 100).default([]),
    docs: list(docSchema, 0, 50).default([]),
    steps: list(stepSchema, 1, 200),
  },
  { error: 'a checklist: name, title, about, owner, reviewed, steps; optional review_every, always, symptoms, docs' },
)

/** The keys that are known at a path, for "did you mean". */
export function keysAt(path: readonly PropertyKey[]): readonly string[] {
  if (path.length === 0) return Object.keys(checklistSchema.shape)
  return Object.keys(path[0] === 'docs' ? docSchema.shape : stepSchema.shape)
}

function isWebAddress(said: string): boolean {
  // why: `|` and angle brackets end a link in Slack's mrkdwn.
  return /^https?:\/\/[^\s|<>\p{Cc}\p{Surrogate}]+$/iu.test(said) && URL.canParse(said)
}
