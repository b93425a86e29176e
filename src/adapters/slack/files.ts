/** Files in threads, by Slack's three steps: ask for an address, send the bytes there, share what was sent. */
import type { WebClient } from '@slack/web-api'
import { MaydayError } from '../../errors.js'
import type { Files, SharedFile } from '../../ports/files.js'
import { callSlack, isRec, type Rec, textOf } from './api.js'
import { asMaydayError, failureOf } from './failure.js'
import type { Lanes } from './lanes.js'

const UPLOAD_MS = 8_000

export function createFiles({ lanes }: { readonly lanes: Lanes }): Files {
  return { share: (file) => share(lanes.normal, file) }
}

async function share(lane: WebClient, file: SharedFile): Promise<void> {
  const bytes = Buffer.from(file.content)
  const place = await call(lane, 'files.getUploadURLExternal', { filename: file.name, length: bytes.length })
  const [id, address] = [textOf(place['file_id']), textOf(place['upload_url'])]
  if (id === undefined || address === undefined || !isTrusted(address)) throw notTaken('named no address to send it to')
  await send(address, bytes)
  const done = await complete(lane, {
    files: [{ id, title: file.title }],
    channel_id: file.channel,
    thread_ts: file.threadTs,
    initial_comment: file.comment,
  })
  if (!Array.isArray(done['files']) || !done['files'].some(isRec)) throw notTaken('did not say that it took it')
}

async function call(lane: WebClient, method: string, args: Rec): Promise<Rec> {
  try {
    return await callSlack(lane, method, args)
  } catch (error) {
    throw asMaydayError(failureOf(error), 'take the file')
  }
}

async function complete(lane: WebClient, args: Rec): Promise<Rec> {
  try {
    return await callSlack(lane, 'files.completeUploadExternal', args)
  } catch (error) {
    const failure = failureOf(error)
    if (failure.kind !== 'unreachable' || !failure.maybeDone) throw asMaydayError(failure, 'take the file')
    throw new MaydayError('SLACK_UNAVAILABLE', {
      what: `Slack did not say whether the file is in the thread (${failure.because}).`,
      hint: 'Look there before asking again.',
      retry: true,
    })
  }
}

/** why: what goes there is the text of people; it leaves this machine encrypted, or not at all. */
function isTrusted(address: string): boolean {
  if (!URL.canParse(address)) return false
  const { protocol, hostname } = new URL(address)
  return protocol === 'https:' || (protocol === 'http:' && /^(127\.0\.0\.1|localhost|\[::1\])$/u.test(hostname))
}

/** why: the address is signed, and Slack's token has no business there. */
async function send(address: string, bytes: Buffer): Promise<void> {
  let status: number
  try {
    const headers = { 'content-type': 'application/octet-stream' }
    const signal = AbortSignal.timeout(UPLOAD_MS)
    const answer = await fetch(address, { method: 'POST', headers, body: new Uint8Array(bytes), signal })
    await answer.body?.cancel()
    status = answer.status
  } catch {
    throw notTaken('did not answer while it was sent')
  }
  if (status !== 200) throw notTaken(`answered ${status} to it`)
}

function notTaken(how: string): MaydayError {
  return new MaydayError('SLACK_UNAVAILABLE', { what: `Slack ${how}, so the file is not in the thread.`, retry: true })
}
