import type { Workspace } from './workspace.js'

export interface UploadRecord {
  readonly id: string
  readonly name: string
  readonly size: number
  received?: number
  /** What was sent, as text; binary content is of no interest here. */
  content?: string
  done: boolean
}

export interface Uploads {
  start(name: string, size: number): UploadRecord
  receive(id: string, body: Buffer): UploadRecord | undefined
  get(id: string): UploadRecord | undefined
  all(): readonly UploadRecord[]
}

export function createUploads(w: Workspace): Uploads {
  const files = new Map<string, UploadRecord>()
  return {
    start(name, size) {
      const record: UploadRecord = { id: w.id('F'), name, size, done: false }
      files.set(record.id, record)
      return record
    },
    receive(id, body) {
      const found = files.get(id)
      if (found === undefined) return undefined
      found.received = body.length
      found.content = body.toString()
      return found
    },
    get: (id) => files.get(id),
    all: () => [...files.values()],
  }
}

/** A shared file as messages carry it. */
export const wireFile = (w: Workspace, f: UploadRecord, title: string): Readonly<Record<string, unknown>> => ({
  id: f.id,
  name: f.name,
  title,
  mimetype: 'text/plain',
  filetype: 'text',
  mode: 'snippet',
  size: f.size,
  user: w.botUserId,
  created: Math.floor(w.now() / 1000),
  permalink: `https://${w.domain}.slack.com/files/${w.botUserId}/${f.id}/${encodeURIComponent(f.name)}`,
})
