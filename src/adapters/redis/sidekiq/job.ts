/** Whether a job is of a class, read as Sidekiq reads it. Pure. */

export interface Job {
  readonly queue: string
  readonly jid: string
}

/** Which jobs a walk is about. */
export interface Wanted {
  readonly className: string
  /** ms; jobs created later are not wanted. */
  readonly bornBefore: number | undefined
}

/** Undefined: another class, born later, or not a job. `class` or ActiveJob's `wrapped`, never a search in the text. */
export function readJob(text: string, { className, bornBefore }: Wanted): Job | undefined {
  if (!text.includes(className)) return undefined
  const job = parse(text)
  if (job === undefined || (job['class'] !== className && job['wrapped'] !== className)) return undefined
  const created = typeof job['created_at'] === 'number' ? job['created_at'] : undefined
  // why: seconds with a fraction until Sidekiq 7, whole milliseconds since Sidekiq 8.
  const born = created !== undefined && created < 1e11 ? created * 1_000 : created
  if (bornBefore !== undefined && born !== undefined && born > bornBefore) return undefined
  return { queue: typeof job['queue'] === 'string' ? job['queue'] : '?', jid: String(job['jid'] ?? '?') }
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : undefined
  } catch {
    return undefined
  }
}
