/** The slices of a `sidekiq` target, run in the server: jobs of one class, in a list or in a sorted set. */
import { makeScript } from '../session.js'
import { PRELUDE } from '../slices.js'

/**
 * `mine` reads the job and compares its class, plain or wrapped by ActiveJob. A text search goes first because it is
 * cheaper than parsing, and never decides: the class's name also stands in arguments and error messages.
 */
const JOBS = `${PRELUDE}
local class, bornBefore = ARGV[1], tonumber(ARGV[2])
local kinds, out, n, found = {}, {}, 0, 0
local function mine(text)
  if not string.find(text, class, 1, true) then return nil end
  local ok, job = pcall(cjson.decode, text)
  if not ok or type(job) ~= 'table' or (job.class ~= class and job.wrapped ~= class) then return nil end
  local born = tonumber(job.created_at)
  if born and born < 100000000000 then born = born * 1000 end
  if bornBefore >= 0 and born and born > bornBefore then return nil end
  return job
end
local function note(name, job, text, state)
  local kind = (type(job.queue) == 'string' and job.queue or '?') .. '/' .. state
  kinds[kind] = (kinds[kind] or 0) + 1
  found = found + 1
  out[n + 1], out[n + 2], out[n + 3] = pack('<I4i8I4', #name, -1, #text), name, text
  n = n + 3
end
`

/**
 * KEYS: list. ARGV: class, born before (ms; -1: any), jobs left to look at (-1: all of now), depth, anchor, quantum in µs,
 * `1` to turn the queue, jobs per step, `c` to count only. Walks from the end that workers take from. The anchor names the
 * last job looked at, `depth` from that end when it was; workers take jobs meanwhile, so it is searched where it can be.
 *
 * Turning moves what was looked at to the other end, in order, so that removing never digs deep: after a whole walk the
 * queue stands as before. A job that was found and is still there is about to be removed: turning waits for that, for a
 * thousand jobs.
 */
export const WALK_LIST = makeScript(`${JOBS}
local key, left, depth, anchor = KEYS[1], tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5]
local quantum, turn, step = tonumber(ARGV[6]), ARGV[7] == '1', tonumber(ARGV[8])
local length = call('LLEN', key)
if left < 0 then left = length end
local function name(text) return string.match(text, '"jid":"(%w+)"') or redis.sha1hex(text) end
if depth > 0 then
  local nearest = turn and 1 or math.max(1, depth - 299)
  local near, at = call('LRANGE', key, -depth, -nearest), nil
  for i = 1, #near do
    if (string.find(near[i], anchor, 1, true) or #anchor == 40) and name(near[i]) == anchor then
      at = #near - i + nearest
      break
    end
  end
  if at then
    depth = at
  elseif turn then
    depth = 0
  else
    depth = math.max(0, math.min(depth, length) - 300)
    left = length - depth
  end
  if turn and depth > 0 then
    local stay = #near
    while stay > #near - depth and (#near - stay < depth - 1000 or not mine(near[stay])) do
      call('LMOVE', key, key, 'RIGHT', 'LEFT')
      stay = stay - 1
    end
    depth = depth - (#near - stay)
  end
end
local visited, last = 0, nil
while left > 0 and (visited == 0 or now() - began < quantum) do
  local page = call('LRANGE', key, -(depth + math.min(step, left)), -(depth + 1))
  if #page == 0 then
    left = 0
    break
  end
  for i = #page, 1, -1 do
    local job = mine(page[i])
    if job then note(key, job, page[i], 'queued') end
  end
  last = page[1]
  depth, left, visited = depth + #page, left - #page, visited + #page
end
local cursor = '0'
if left > 0 or (turn and last) then cursor = string.format('%.0f %.0f ', left, last and depth or 0) .. (last and name(last) or '') end
if ARGV[9] == 'c' then out = {} end
return answer(found, visited, cursor, kinds, out)
`)

/** KEYS: sorted set. ARGV: class, born before, cursor, state, quantum in µs, jobs per step, -, -, `c` to count only. */
export const WALK_SHELF = makeScript(`${JOBS}
local key, cursor, state, quantum, step = KEYS[1], ARGV[3], ARGV[4], tonumber(ARGV[5]), ARGV[6]
local visited = 0
repeat
  local page = call('ZSCAN', key, cursor, 'COUNT', step)
  cursor = page[1]
  local list = page[2]
  for i = 1, #list, 2 do
    local job = mine(list[i])
    if job then note(key .. '\\0' .. list[i + 1], job, list[i], state) end
  end
  visited = visited + #list / 2
until cursor == '0' or now() - began >= quantum
if ARGV[9] == 'c' then out = {} end
return answer(found, visited, cursor, kinds, out)
`)

/**
 * KEYS: list or sorted set. ARGV: frames that all belong there, quantum in µs, how deep to look in a list. In a list the
 * jobs stand near the end they were read from; everything up to the deepest of them is turned to the other end in order.
 */
export const REMOVE_JOBS = makeScript(`${PRELUDE}
local key, blob, quantum, window = KEYS[1], ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local pos, removed, changed, gone, left = 1, 0, 0, 0, {}
local function nextFrame()
  local nameLength, _, size, at = struct.unpack('<I4i8I4', blob, pos)
  local name, text = string.sub(blob, at, at + nameLength - 1), string.sub(blob, at + nameLength, at + nameLength + size - 1)
  pos = at + nameLength + size
  return name, text
end
if call('TYPE', key).ok == 'zset' then
  while pos <= #blob and (pos == 1 or now() - began < quantum) do
    local name, text = nextFrame()
    local score = call('ZSCORE', key, text)
    if not score then gone = gone + 1
    elseif tonumber(score) ~= tonumber(string.sub(name, #key + 2)) then
      changed = changed + 1
      left[changed] = pack('<I4', #name) .. name
    else removed = removed + call('ZREM', key, text) end
  end
else
  local wanted, count = {}, 0
  while pos <= #blob do
    local _, text = nextFrame()
    wanted[text] = (wanted[text] or 0) + 1
    count = count + 1
  end
  local near, deepest
  local function search(depth)
    near, deepest = call('LRANGE', key, -depth, -1), 0
    local met, missing = 0, {}
    for text, times in pairs(wanted) do missing[text] = times end
    for i = #near, 1, -1 do
      local times = missing[near[i]]
      if times and times > 0 then
        missing[near[i]], met, deepest = times - 1, met + 1, #near - i + 1
      end
    end
    return met == count
  end
  if not search(math.min(window, 2 * count + 50)) then search(window) end
  for i = 0, deepest - 1 do
    local text = near[#near - i]
    if wanted[text] and wanted[text] > 0 then
      call('RPOP', key)
      wanted[text] = wanted[text] - 1
      removed = removed + 1
    else
      call('LMOVE', key, key, 'RIGHT', 'LEFT')
    end
  end
  gone = count - removed
end
return settled(pos - 1, removed, changed, gone, left)
`)

/**
 * KEYS: list or sorted set, `queues`. ARGV: frames that all belong there, quantum in µs, the queue's name or nothing. Jobs of
 * a list go behind those that wait there now, in their old order; one that is among the newest thousand already is not put
 * there twice.
 */
export const RESTORE_JOBS = makeScript(`${PRELUDE}
local key, blob, quantum, queue = KEYS[1], ARGV[1], tonumber(ARGV[2]), ARGV[3]
local pos, restored, occupied = 1, 0, 0
local known = {}
if queue ~= '' then
  local near = call('LRANGE', key, 0, 999)
  for i = 1, #near do known[near[i]] = true end
end
while pos <= #blob and (pos == 1 or now() - began < quantum) do
  for _ = 1, 16 do
    if pos > #blob then break end
    local nameLength, _, size, at = struct.unpack('<I4i8I4', blob, pos)
    local name, text = string.sub(blob, at, at + nameLength - 1), string.sub(blob, at + nameLength, at + nameLength + size - 1)
    pos = at + nameLength + size
    if queue == '' then
      local added = call('ZADD', key, 'NX', string.sub(name, #key + 2), text)
      restored, occupied = restored + added, occupied + 1 - added
    elseif known[text] then occupied = occupied + 1
    else
      call('LPUSH', key, text)
      restored = restored + 1
    end
  end
end
if queue ~= '' and restored > 0 then call('SADD', KEYS[2], queue) end
return settled(pos - 1, restored, occupied, 0, {})
`)
