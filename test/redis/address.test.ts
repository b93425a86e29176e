import { describe, expect, it } from 'vitest'
import { readAddress } from '../../src/adapters/redis/address.js'
import { escapeGlob, prefixOf } from '../../src/adapters/redis/glob.js'
import { prefixIn } from '../../src/adapters/redis/sample.js'
import { slotOf } from '../../src/adapters/redis/slot.js'

describe('NOTIFICATIONS_REDIS_URL', () => {
  it.each([
    ['redis://localhost', { kind: 'standalone', tls: false, hosts: [{ host: 'localhost', port: 6379 }], database: 0 }],
    ['rediss://u:p%40ss@redis.internal:6380/4', { tls: true, username: 'u', password: 'p@ss', database: 4 }],
    ['redis://:only@h', { username: undefined, password: 'only' }],
    ['redis://u:a@b@h:1', { password: 'a@b', hosts: [{ host: 'h', port: 1 }] }],
    ['redis://[::1]:7000/2', { hosts: [{ host: '::1', port: 7000 }], database: 2 }],
    [
      'redis+cluster://a:1,b:2,c',
      {
        kind: 'cluster',
        hosts: [
          { host: 'a', port: 1 },
          { host: 'b', port: 2 },
          { host: 'c', port: 6379 },
        ],
      },
    ],
    ['redis+sentinel://a:26379,b/main', { kind: 'sentinel', master: 'main', database: 0 }],
    ['rediss+sentinel://u:p@a/main/3', { kind: 'sentinel', tls: true, username: 'u', master: 'main', database: 3 }],
  ])('reads %s', (url, expected) => {
    expect(readAddress(url)).toMatchObject(expected)
  })

  it.each([
    'http://localhost',
    'redis://',
    'redis://h:0',
    'redis://h:99999',
    'redis://a,b',
    'redis+sentinel://a:1',
    'redis+cluster://a:1/3',
    'redis://h/x',
    'redis://h:port',
  ])('refuses %s with what is accepted', (url) => {
    expect(() => readAddress(url)).toThrow(/NOTIFICATIONS_REDIS_URL cannot be used/u)
  })

  it('never repeats the password', () => {
    expect(() => readAddress('redis://u:s3cret@h:port')).toThrow(expect.not.stringContaining('s3cret'))
  })
})

describe('a pattern', () => {
  it('is a literal beginning and a star', () => {
    expect(prefixOf('cache:push:*')).toBe('cache:push:')
    for (const pattern of ['*', '', 'cache:push']) expect(() => prefixOf(pattern)).toThrow(/followed by one \*/u)
  })

  it('escapes what MATCH would take for more', () => {
    expect(escapeGlob('a[b]*?\\^-')).toBe('a\\[b\\]\\*\\?\\\\\\^\\-')
  })
})

describe('names', () => {
  // Known slots: CLUSTER KEYSLOT of a Redis 7.
  it.each([
    ['foo', 12182],
    ['123456789', 12739],
    ['{user1000}.following', 3443],
    ['foo{}{bar}', 8363],
    ['foo{{bar}}zap', 4015],
  ])('puts %s into slot %i', (key, slot) => {
    expect(slotOf(Buffer.from(key))).toBe(slot)
  })

  it.each([
    ['cache:user:42:avatar', 'cache:user:'],
    ['rpush:notifications:7', 'rpush:notifications:'],
    ['session:0123456789abcdef', 'session:'],
    ['queues', 'queues'],
    ['user12345', 'user#'],
  ])('counts %s with %s', (key, prefix) => {
    expect(prefixIn(key)).toBe(prefix)
  })
})
