/** GitHub's `issues` and `issue_comment` events, read. Pure. Forms: GitHub docs, "Webhook events and payloads". */
import { z } from 'zod'

/** What an event means for an issue that carries one of the labels. */
export type IssueNews =
  | { readonly kind: 'raised'; readonly issue: Issue; readonly again: string | undefined }
  | { readonly kind: 'answered' | 'over'; readonly issue: Issue }

/** An issue as far as it matters here. */
export interface Issue {
  readonly key: string
  readonly repository: string
  readonly number: number
  readonly title: string
  readonly url: string
  readonly author: string
}

const payload = z.object({
  action: z.string(),
  label: z.object({ name: z.string() }).optional().catch(undefined),
  issue: z.object({
    number: z.number().int(),
    title: z.string(),
    html_url: z.string(),
    state: z.string().catch('open'),
    updated_at: z.string().catch(''),
    labels: z.array(z.object({ name: z.string() })).catch([]),
    user: z.object({ login: z.string() }).nullish().catch(undefined),
    pull_request: z.unknown().optional(),
  }),
  comment: z
    .object({
      author_association: z.string().catch('NONE'),
      user: z
        .object({ type: z.string().catch('User') })
        .nullish()
        .catch(undefined),
    })
    .optional()
    .catch(undefined),
  repository: z.object({ full_name: z.string() }),
})

/** why: these are the associations of people who may answer for the project (GitHub docs, CommentAuthorAssociation). */
const MEMBERS = new Set(['OWNER', 'MEMBER', 'COLLABORATOR'])

/** `unreadable`: not of GitHub's form. Undefined: nothing that matters. Labels are compared without case. */
export function readGitHub(
  event: string,
  body: unknown,
  labels: readonly string[],
): IssueNews | 'unreadable' | undefined {
  if (event !== 'issues' && event !== 'issue_comment') return undefined
  const parsed = payload.safeParse(body)
  if (!parsed.success) return 'unreadable'
  const { action, label, issue: raw, comment, repository } = parsed.data
  const wanted = new Set(labels.map((name) => name.toLowerCase()))
  const isWanted = (one: { readonly name: string } | undefined) =>
    one !== undefined && wanted.has(one.name.toLowerCase())
  const issue = issueOf(repository.full_name, raw)
  if (event === 'issue_comment')
    return action === 'created' && isAnswer(comment) ? { kind: 'answered', issue } : undefined
  if (action === 'closed' || action === 'deleted' || action === 'transferred') return { kind: 'over', issue }
  if (action === 'unlabeled' && isWanted(label) && !raw.labels.some(isWanted)) return { kind: 'over', issue }
  if (raw.state !== 'open') return undefined
  if (action === 'labeled' && isWanted(label)) return { kind: 'raised', issue, again: undefined }
  if (action === 'opened' && raw.labels.some(isWanted)) return { kind: 'raised', issue, again: undefined }
  if (action === 'reopened' && raw.labels.some(isWanted)) return { kind: 'raised', issue, again: raw.updated_at }
  return undefined
}

function isAnswer(comment: z.output<typeof payload>['comment']): boolean {
  return comment !== undefined && comment.user?.type !== 'Bot' && MEMBERS.has(comment.author_association)
}

function issueOf(repository: string, raw: z.output<typeof payload>['issue']): Issue {
  const { number, title, html_url, user } = raw
  return { key: `${repository}#${number}`, repository, number, title, url: html_url, author: user?.login ?? 'somebody' }
}
