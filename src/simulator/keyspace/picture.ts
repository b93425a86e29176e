/** What is in a Redis, so small that two moments can be compared key by key. */
import type { Redis } from 'ioredis'

/** Keys of one kind: equal to those of another moment when nobody touched any of them. */
export interface Picture {
  readonly keys: number
  /** Of names, types, values and the moments at which they expire, whatever order they came in. */
  readonly digest: string
}

/**
 * `notifications`: Rpush's, and the indexes over them, on hold or not. `neighbours`: what others keep there, that is the
 * cache, the apps with their certificates, names that look alike. The queues of jobs and the counters belong to neither.
 */
export type Part = 'notifications' | 'neighbours'

/**
 * Answers a page of names, each with 13 digits that stand for all of it. Fields of a hash and members of a set have no
 * order and are sorted. PEXPIRETIME is there from Redis 7 on; before, only whether.
 */
const PAGE = `
local function starts(text, with) return string.sub(text, 1, #with) == with end
local function partOf(key)
  if starts(key, 'cache:') then return 'neighbours' end
  if starts(key, 'rpush:notifications:') or starts(key, 'mayday:hold:') then return 'notifications' end
  if starts(key, 'queue:') or key == 'schedule' or key == 'retry' or key == 'dead' then return 'jobs' end
  if starts(key, 'stat:') or key == 'rpush:notifications_id_seq' then return 'counters' end
  return 'neighbours'
end
local function valueOf(key)
  local type = redis.call('TYPE', key).ok
  if type == 'string' then return redis.call('GET', key) end
  if type == 'zset' then return table.concat(redis.call('ZRANGE', key, 0, -1, 'WITHSCORES'), ' ') end
  if type ~= 'set' and type ~= 'hash' then return redis.call('DUMP', key) end
  local parts = redis.call(type == 'set' and 'SMEMBERS' or 'HGETALL', key)
  if type == 'hash' then
    local fields = {}
    for i = 1, #parts, 2 do fields[#fields + 1] = parts[i] .. '=' .. parts[i + 1] end
    parts = fields
  end
  table.sort(parts)
  return type .. table.concat(parts, ' ')
end
local page = redis.call('SCAN', ARGV[1], 'COUNT', 400)
local names, digests = {}, {}
for i, key in ipairs(page[2]) do
  if partOf(key) == ARGV[2] then
    local at = redis.pcall('PEXPIRETIME', key)
    if type(at) == 'table' then at = redis.call('PTTL', key) > 0 and 'expires' or 'stays' end
    names[#names + 1] = key
    digests[#digests + 1] = string.sub(redis.sha1hex(key .. ' ' .. at .. ' ' .. valueOf(key)), 1, 13)
  end
end
return { page[1], names, table.concat(digests) }
`
/** Of a digest: 52 bits, which a number holds exactly. */
const DIGITS = 13
const MODULUS = 2 ** 52

/** Reads everything; others wait for a few ms again and again, so not while anybody measures. */
export async function takePicture(redis: Redis, part: Part): Promise<Picture> {
  // By name, because a walk may show a key twice.
  const seen = new Map<string, number>()
  let cursor = '0'
  do {
    const reply = await redis.eval(PAGE, 0, cursor, part)
    const [next, names, digests] = Array.isArray(reply) ? reply : []
    cursor = String(next ?? '0')
    for (const [index, name] of (Array.isArray(names) ? names : []).entries())
      seen.set(String(name), Number.parseInt(String(digests).slice(index * DIGITS, (index + 1) * DIGITS), 16))
  } while (cursor !== '0')
  return pictureOf(seen)
}

function pictureOf(keys: ReadonlyMap<string, number>): Picture {
  let sum = 0
  for (const digest of keys.values()) sum = (sum + digest) % MODULUS
  return { keys: keys.size, digest: sum.toString(16).padStart(DIGITS, '0') }
}
