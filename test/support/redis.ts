/** A Redis of the test's own; see `src/simulator/redis-server.ts`. */
export { type RedisServer, startRedis } from '../../src/simulator/redis-server.js'
