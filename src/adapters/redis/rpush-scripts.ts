/**
 * The slices of an `rpush` target, run in the server. One notification is a hash and its places in the indexes; both are
 * read and removed in one step, as the daemon does, so that it never claims what is half gone.
 *
 * An entry's payload is DUMP's with its places behind it: f64 score in `pending` and f64 score in `retryable`, each only
 * where it has one, then one byte: 1 in `all`, 2 in `pending`, 4 in `retryable`, 8, 16, 32 in the sets of older Modis.
 */
import { makeScript } from './session.js'
import { PRELUDE } from './slices.js'

/** Behind the prefix. The last three: Modis before 1.4.2, and only where they exist. */
export const INDEX_SETS = ['all', 'notification:all', 'raw_notification:all', 'badge_notification:all'] as const
export const SET_BITS = [1, 8, 16, 32] as const
export const PENDING_BIT = 2
export const RETRYABLE_BIT = 4

/**
 * ARGV 1: prefix. While delivery is on hold the two sorted sets live under another name; `zsets` and `held` are looked up
 * once per slice, and a score in either counts.
 */
const INDEXES = `${PRELUDE}
local prefix = ARGV[1]
local sets, bits = {}, {}
for i, name in ipairs({ 'all', 'notification:all', 'raw_notification:all', 'badge_notification:all' }) do
  local key = prefix .. name
  if i == 1 or call('EXISTS', key) == 1 then
    sets[#sets + 1] = key
    bits[#bits + 1] = ({ 1, 8, 16, 32 })[i]
  end
end
local function versions(name)
  local list = {}
  for _, key in ipairs({ prefix .. name, 'mayday:hold:{' .. prefix .. name .. '}' }) do
    if call('EXISTS', key) == 1 then list[#list + 1] = key end
  end
  return list
end
local pendingKeys, retryableKeys = versions('pending'), versions('retryable')
local function scores(keys, ids)
  local found = {}
  for _, key in ipairs(keys) do
    local list = call('ZMSCORE', key, unpack(ids))
    for i = 1, #ids do if list[i] then found[i] = list[i] end end
  end
  return found
end
local function places(ids)
  local flags = {}
  for i = 1, #ids do flags[i] = 0 end
  for s = 1, #sets do
    local members = call('SMISMEMBER', sets[s], unpack(ids))
    for i = 1, #ids do if members[i] == 1 then flags[i] = flags[i] + bits[s] end end
  end
  return flags, scores(pendingKeys, ids), scores(retryableKeys, ids)
end
local function trail(flag, pending, retryable)
  local text = ''
  if pending then
    flag = flag + 2
    text = pack('<d', tonumber(pending))
  end
  if retryable then
    flag = flag + 4
    text = text .. pack('<d', tonumber(retryable))
  end
  return text .. string.char(flag)
end
`

/**
 * ARGV: prefix, part, cursor, highest id (-1: any), quantum in µs, `c`ount `n`ames or `e`ntries, ids per step, most ids to
 * look at. Parts: `range` counts ids up, `index` scans `all`, `rest` scans the keyspace for what `all` does not hold,
 * `scan` scans it whole; `pending`, `retryable` and their held forms scan those sorted sets.
 */
export const WALK_RPUSH = makeScript(`${INDEXES}
local part, cursor, top, quantum, what = ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6]
local step, most = tonumber(ARGV[7]), tonumber(ARGV[8])
local found, visited, kinds, out, n = 0, 0, {}, {}, 0

local function frame(id, ttl, value, tail)
  local name = prefix .. id
  out[n + 1] = pack('<I4i8I4', #name, ttl, #value + #tail)
  out[n + 2], out[n + 3], out[n + 4] = name, value, tail
  n = n + 4
  found = found + 1
end
local function byName(ids)
  local living, fields = {}, {}
  for i = 1, #ids do
    local key = prefix .. ids[i]
    local got = redis.pcall('HMGET', key, 'id', 'type', 'app_id', 'delivered', 'failed')
    if got.err then got = { false, 'not a hash', false, false, false } end
    if got[1] or got[2] or got[4] or got[5] or call('EXISTS', key) == 1 then
      living[#living + 1] = ids[i]
      fields[#fields + 1] = got
    end
  end
  if #living == 0 then return end
  local pending, retryable = scores(pendingKeys, living), scores(retryableKeys, living)
  for i = 1, #living do
    local got = fields[i]
    local state = 'in flight'
    if not got[1] then state = 'zombie'
    elseif got[4] == '\\195' then state = 'delivered'
    elseif got[5] == '\\195' then state = 'failed'
    elseif retryable[i] then state = 'retrying'
    elseif pending[i] then state = 'pending' end
    local kind = (got[2] or '') .. '\\0' .. (got[3] or '') .. '\\0' .. state
    kinds[kind] = (kinds[kind] or 0) + 1
    frame(living[i], -1, '', '')
  end
end
local function byEntry(ids)
  local living, values = {}, {}
  for i = 1, #ids do
    local value = call('DUMP', prefix .. ids[i])
    if value then
      living[#living + 1] = ids[i]
      values[#values + 1] = value
    end
  end
  if #living == 0 then return end
  local flags, pending, retryable = places(living)
  for i = 1, #living do
    frame(living[i], call('PTTL', prefix .. living[i]), values[i], trail(flags[i], pending[i], retryable[i]))
  end
end
local function byCount(ids)
  local keys = {}
  for i = 1, #ids do keys[i] = prefix .. ids[i] end
  if #keys > 0 then found = found + call('EXISTS', unpack(keys)) end
end
local take = what == 'c' and byCount or what == 'n' and byName or byEntry

local function wanted(id) return string.find(id, '^%d+$') and (top < 0 or tonumber(id) <= top) end
local function page()
  local ids = {}
  if part == 'range' then
    local from = tonumber(cursor)
    local to = math.min(from + step - 1, top)
    for id = from, to do ids[#ids + 1] = string.format('%.0f', id) end
    visited = visited + step
    cursor = to >= top and '0' or string.format('%.0f', to + 1)
    return ids
  end
  local reply
  if part == 'index' then reply = call('SSCAN', prefix .. 'all', cursor, 'COUNT', step)
  elseif part == 'scan' or part == 'rest' then reply = call('SCAN', cursor, 'MATCH', ARGV[9] .. '[0-9]*', 'COUNT', step)
  else
    local key = prefix .. string.gsub(part, '^held ', '')
    if string.sub(part, 1, 5) == 'held ' then key = 'mayday:hold:{' .. key .. '}' end
    reply = call('ZSCAN', key, cursor, 'COUNT', step)
  end
  cursor = reply[1]
  local list = reply[2]
  local keyspace = part == 'scan' or part == 'rest'
  local stride = (keyspace or part == 'index') and 1 or 2
  for i = 1, #list, stride do
    local id = keyspace and string.sub(list[i], #prefix + 1) or list[i]
    if wanted(id) then ids[#ids + 1] = id end
  end
  visited = visited + math.max(step, #list / stride)
  if part == 'rest' and #ids > 0 then
    local known, unknown = call('SMISMEMBER', prefix .. 'all', unpack(ids)), {}
    for i = 1, #ids do if known[i] == 0 then unknown[#unknown + 1] = ids[i] end end
    return unknown
  end
  return ids
end
repeat take(page()) until cursor == '0' or visited >= most or now() - began >= quantum
return answer(found, visited, cursor, kinds, out)
`)

/**
 * ARGV: prefix, frames, quantum in µs. An entry goes only if hash and places in the sorted sets are what was archived: one
 * that the daemon claimed since then is being sent, and one that was saved since then has news in it.
 */
export const REMOVE_RPUSH = makeScript(`${INDEXES}
local blob, quantum = ARGV[2], tonumber(ARGV[3])
local pos, removed, changed, gone, left = 1, 0, 0, 0, {}
local function leave(name)
  changed = changed + 1
  left[changed] = pack('<I4', #name) .. name
end
while pos <= #blob and (pos == 1 or now() - began < quantum) do
  local names, ids, froms, lasts, n = {}, {}, {}, {}, 0
  for _ = 1, 32 do
    if pos > #blob then break end
    local nameLength, _, size, at = struct.unpack('<I4i8I4', blob, pos)
    local name = string.sub(blob, at, at + nameLength - 1)
    local id = string.sub(name, #prefix + 1)
    if string.sub(name, 1, #prefix) ~= prefix or not string.find(id, '^%d+$') then
      leave(name)
    else
      n = n + 1
      names[n], ids[n], froms[n], lasts[n] = name, id, at + nameLength, at + nameLength + size - 1
    end
    pos = at + nameLength + size
  end
  local doomed, doomedIds, m = {}, {}, 0
  if n > 0 then
    local pending, retryable = scores(pendingKeys, ids), scores(retryableKeys, ids)
    for i = 1, n do
      local same = lasts[i] < froms[i]
      if not same then
        local value = call('DUMP', names[i])
        local tail = trail(0, pending[i], retryable[i])
        local flag, last = string.byte(blob, lasts[i]), lasts[i]
        if value then
          same = flag % 8 - flag % 2 == string.byte(tail, -1)
            and string.sub(blob, last - #tail + 1, last - 1) == string.sub(tail, 1, -2)
            and value == string.sub(blob, froms[i], last - #tail)
          if not same then leave(names[i]) end
        else
          gone = gone + 1
        end
      end
      if same then
        m = m + 1
        doomed[m], doomedIds[m] = names[i], ids[i]
      end
    end
  end
  if m > 0 then
    for _, key in ipairs(pendingKeys) do call('ZREM', key, unpack(doomedIds)) end
    for _, key in ipairs(retryableKeys) do call('ZREM', key, unpack(doomedIds)) end
    local unlinked = call('UNLINK', unpack(doomed))
    removed, gone = removed + unlinked, gone + m - unlinked
    for s = 1, #sets do call('SREM', sets[s], unpack(doomedIds)) end
  end
end
return settled(pos - 1, removed, changed, gone, left)
`)

/** ARGV: prefix, frames, quantum in µs. While delivery is on hold, what was pending goes back behind the hold. */
export const RESTORE_RPUSH = makeScript(`${INDEXES}
local blob, quantum = ARGV[2], tonumber(ARGV[3])
local pos, restored, occupied, failed, left, stop = 1, 0, 0, 0, {}, nil
local names = { [1] = 'all', [8] = 'notification:all', [16] = 'raw_notification:all', [32] = 'badge_notification:all' }
local held = 'mayday:hold:{' .. prefix .. 'pending}'
local isHeld = call('EXISTS', held, held .. ':since') > 0
local function home(name) return isHeld and 'mayday:hold:{' .. prefix .. name .. '}' or prefix .. name end
local pendingHome, retryableHome = home('pending'), home('retryable')
while not stop and pos <= #blob and (pos == 1 or now() - began < quantum) do
  for _ = 1, 16 do
    if pos > #blob then break end
    local nameLength, ttl, size, at = struct.unpack('<I4i8I4', blob, pos)
    local name = string.sub(blob, at, at + nameLength - 1)
    local id, last = string.sub(name, #prefix + 1), at + nameLength + size - 1
    local flag = string.byte(blob, last)
    local retryable, pending
    local to = last - 1
    if flag % 8 >= 4 then
      retryable = struct.unpack('<d', blob, to - 7)
      to = to - 8
    end
    if flag % 4 >= 2 then
      pending = struct.unpack('<d', blob, to - 7)
      to = to - 8
    end
    if ttl == 0 then ttl = 1 elseif ttl < 0 then ttl = 0 end
    local reply = redis.pcall('RESTORE', name, ttl, string.sub(blob, at + nameLength, to))
    if reply.ok then
      restored = restored + 1
      for bit, set in pairs(names) do
        if flag % (bit * 2) >= bit then call('SADD', prefix .. set, id) end
      end
      if pending then call('ZADD', pendingHome, 'NX', pending, id) end
      if retryable then call('ZADD', retryableHome, 'NX', retryable, id) end
    elseif string.find(reply.err, 'BUSYKEY', 1, true) then occupied = occupied + 1
    elseif string.find(reply.err, 'checksum', 1, true) then failed = failed + 1
    else
      stop = reply
      break
    end
    pos = last + 1
  end
end
if stop and pos == 1 then return stop end
return settled(pos - 1, restored, occupied, failed, left)
`)
