/** What `mayday doctor` says of the Redis that purges would run on. */
import { expect, onTestFinished, test } from 'vitest'
import { redisClient, startRedis } from '../support/redis.js'
import { startDesk } from './rig.js'

test('names the server by kind and version, and each right that a target lacks, once', async () => {
  const server = await startRedis()
  onTestFinished(() => server.stop())
  const client = redisClient(server.url)
  onTestFinished(() => client.disconnect())
  await client.call('ACL', 'SETUSER', 'meek', 'on', '>word-17', '~*', '+@all', '-eval', '-restore')
  const desk = await startDesk()
  const well = await desk.type(['doctor'], { NOTIFICATIONS_REDIS_URL: server.url })
  const named = /ok {4}The Redis of the purge targets is (Redis|Valkey) \d+\.\d+\.\d+, database 0, with 0 keys\./gu
  expect(well.text.match(named)).toHaveLength(1)
  const meek = server.url.replace('//', '//meek:word-17@')
  const said = await desk.type(['doctor'], { NOTIFICATIONS_REDIS_URL: meek })
  expect(said.text).toMatch(
    /FAIL {2}Target push: the Redis user may not call RESTORE\.\n {6}Allow it: ACL SETUSER meek \+restore$/m,
  )
  expect(said.text.match(/warn {2}NOTIFICATIONS_REDIS_URL: the Redis user may not call EVAL/gu)).toHaveLength(1)
  expect(said.text).not.toMatch(/FAIL {2}Target push-delivery/)
  expect(said.text).not.toContain('word-17')
  expect(said.exit).toBe(1)
  await server.stop()
  const gone = await desk.type(['doctor'], { NOTIFICATIONS_REDIS_URL: meek })
  expect(gone.text).toMatch(/FAIL {2}Target push cannot be looked at: .*nothing listens on that port/)
})
