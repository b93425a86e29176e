/** Just enough of the Redis protocol to ask one thing and to write many. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { RedisServerError } from './redis-error.js'

export type Word = string | number | Buffer

/** One command in the form in which a Redis client sends it. */
export function encode(words: readonly Word[]): Buffer {
  const parts: Buffer[] = [Buffer.from(`*${words.length}\r\n`)]
  for (const word of words) {
    const bytes = Buffer.isBuffer(word) ? word : Buffer.from(String(word))
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n'))
  }
  return Buffer.concat(parts)
}

/** Asks one thing on a connection of its own; answers the reply's first bytes as they came, e.g. `+PONG`. */
export async function oneCommand(port: number, password: string | undefined, ...words: Word[]): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.setTimeout(10_000, () => socket.destroy(new RedisServerError('Redis did not answer within 10 s.')))
  try {
    await once(socket, 'connect')
    if (password !== undefined) {
      socket.write(encode(['AUTH', password]))
      await once(socket, 'data')
    }
    socket.write(encode(words))
    const [reply] = await once(socket, 'data')
    return String(reply)
  } finally {
    socket.destroy()
  }
}
