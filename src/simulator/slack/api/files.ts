import { ApiError } from '../error.js'
import { wireFile } from '../uploads.js'
import { parentTs } from './chat.js'
import { type ApiCall, type ApiMethods, bot } from './method.js'

function start(call: ApiCall): Record<string, unknown> {
  const name = call.args.string('filename')
  const size = call.args.number('length', Number.NaN)
  const upload = call.world.uploads.start(name, size)
  return { upload_url: `${call.world.origin()}/upload/${upload.id}`, file_id: upload.id }
}

function complete(call: ApiCall): Record<string, unknown> {
  const { uploads, workspace: w, posts } = call.world
  const wanted = call.args.array('files') ?? []
  const files = wanted.map((f) => {
    const { id, title } = f as { id?: unknown; title?: unknown }
    const upload = uploads.get(String(id))
    if (upload?.received === undefined || upload.done) throw new ApiError('file_not_found')
    return { upload, wire: wireFile(w, upload, String(title ?? upload.name)) }
  })
  if (files.length === 0) throw new ApiError('invalid_arguments')
  const channelId = call.args.maybe('channel_id') ?? call.args.list('channels')[0]
  const channel = channelId === undefined ? undefined : w.channels.get(channelId)
  if (channelId !== undefined && channel === undefined) throw new ApiError('channel_not_found')
  if (channel !== undefined && !channel.member) throw new ApiError('not_in_channel')
  for (const f of files) f.upload.done = true
  if (channel !== undefined) {
    const threadTs = parentTs(channel, call.args.maybe('thread_ts'))
    posts.post({
      channel,
      user: w.botUserId,
      botId: w.botId,
      subtype: 'file_share',
      text: posts.appText(call.args.maybe('initial_comment') ?? ''),
      files: files.map((f) => f.wire),
      ...(threadTs === undefined ? {} : { threadTs }),
    })
  }
  return { files: files.map((f) => f.wire) }
}

export const fileMethods: ApiMethods = {
  'files.getUploadURLExternal': bot(['files:write'], start),
  'files.completeUploadExternal': bot(['files:write'], complete),
}
