/** A Redis could not be had, started or filled; the message says what to do. */
export class RedisServerError extends Error {
  override readonly name = 'RedisServerError'
}
