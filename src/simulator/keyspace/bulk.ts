/** Writes very many commands to a Redis over one connection, without waiting for each reply. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { RedisServerError } from '../redis-error.js'

export interface Bulk {
  /** Strings hold one byte a character. */
  write(...words: readonly (string | number)[]): void
  /** Resolves when there is room for more. */
  drain(): Promise<void>
  /** Resolves when every command was answered; throws at the first that was refused. */
  end(): Promise<void>
}

const CHUNK = 256 * 1024

/** `url`: redis://[user:password@]host:port[/database]. */
export async function openBulk(url: string): Promise<Bulk> {
  const { hostname, port, username, password, pathname } = new URL(url)
  const socket = connect(Number(port || 6379), hostname)
  await once(socket, 'connect')
  const replies = countReplies(socket)
  let pending = ''
  let sent = 0
  let full = false
  function flush(): void {
    if (pending !== '') full = !socket.write(Buffer.from(pending, 'latin1'))
    pending = ''
  }
  const bulk: Bulk = {
    write(...words) {
      let text = `*${words.length}\r\n`
      for (const word of words) {
        const bytes = String(word)
        text += `$${bytes.length}\r\n${bytes}\r\n`
      }
      pending += text
      sent += 1
      if (pending.length > CHUNK) flush()
    },
    async drain() {
      if (full) await Promise.race([once(socket, 'drain'), replies.failed])
      full = false
    },
    async end() {
      flush()
      await Promise.race([replies.reach(sent), replies.failed])
      socket.destroy()
    },
  }
  const user = username === '' ? [] : [decodeURIComponent(username)]
  if (password !== '') bulk.write('AUTH', ...user, decodeURIComponent(password))
  if (pathname.length > 1) bulk.write('SELECT', pathname.slice(1))
  return bulk
}

/** Every command that is written here is answered by one line; a line that begins with `-` is a refusal. */
function countReplies(socket: Socket) {
  let seen = 0
  let goal = Number.POSITIVE_INFINITY
  let reached: () => void = () => undefined
  let fail: (error: Error) => void = () => undefined
  const failed = new Promise<never>((_, reject) => {
    fail = reject
  })
  failed.catch(() => undefined)
  let lineStart = true
  socket.on('data', (chunk: Buffer) => {
    for (let at = 0; at < chunk.length; at += 1) {
      if (lineStart && chunk[at] === 0x2d) {
        fail(
          new RedisServerError(
            `Redis refused a key: ${
              chunk
                .subarray(at, at + 200)
                .toString()
                .split('\r')[0]
            }`,
          ),
        )
        socket.destroy()
        return
      }
      lineStart = chunk[at] === 0x0a
      if (lineStart) seen += 1
    }
    if (seen >= goal) reached()
  })
  socket.on('error', fail)
  socket.on('close', () => fail(new RedisServerError('Redis closed the connection while keys were written.')))
  return {
    failed,
    reach: (count: number) =>
      new Promise<void>((resolve) => {
        goal = count
        reached = resolve
        if (seen >= goal) resolve()
      }),
  }
}
