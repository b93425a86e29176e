/** One slice of a walk over Rpush's notifications, run in the server. */
import { makeScript } from '../session.js'
import { INDEXES } from './indexes.js'

/**
 * ARGV: prefix, part, cursor, highest id (-1: any), quantum in µs, `c`ount, `n`ames, `b`are or `e`ntries, ids per step, most ids to
 * look at, the prefix as a pattern, `1`: leave what is in flight, unless delivery is on hold (nothing was claimed for a
 * while then). Parts: `range` counts ids up, `index` scans `all`, `rest` scans the keyspace for what `all` does not hold,
 * `scan` scans it whole; `pending`, `retryable` and their held forms scan those sorted sets.
 */
export const WALK_RPUSH = makeScript(`${INDEXES}
local part, cursor, top, quantum, what = ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6]
local step, most = tonumber(ARGV[7]), tonumber(ARGV[8])
local found, visited, kinds, out, n = 0, 0, {}, {}, 0
local hold = 'mayday:hold:{' .. prefix .. 'pending}'
local sparing = ARGV[10] == '1' and call('EXISTS', hold, hold .. ':since') == 0

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
  local pending, retryable = pendingScores(living), scores(retryableKeys, living)
  for i = 1, #living do
    local got = fields[i]
    local state = 'in flight'
    if not got[1] then state = 'zombie'
    elseif got[4] == '\\195' then state = 'delivered'
    elseif got[5] == '\\195' then state = 'failed'
    elseif retryable[i] then state = 'retrying'
    elseif pending[i] then state = 'pending' end
    if not (sparing and state == 'in flight') then
      local kind = (got[2] or '') .. '\\0' .. (got[3] or '') .. '\\0' .. state
      kinds[kind] = (kinds[kind] or 0) + 1
      frame(living[i], -1, '', '')
    end
  end
end
local function byEntry(ids)
  local living, values = {}, {}
  for i = 1, #ids do
    local value = call('DUMP', prefix .. ids[i])
    if value then
      living[#living + 1] = ids[i]
      values[#values + 1] = string.sub(value, 1, -9)
    end
  end
  if #living == 0 then return end
  local flags, pending, retryable = places(living)
  for i = 1, #living do
    local key, isBusy = prefix .. living[i], false
    if sparing and not pending[i] and not retryable[i] then
      local got = call('HMGET', key, 'delivered', 'failed')
      isBusy = got[1] ~= '\\195' and got[2] ~= '\\195'
    end
    if not isBusy then
      frame(living[i], call('PTTL', key), values[i], trail(flags[i], pending[i], retryable[i]))
    end
  end
end
local function byCount(ids)
  local keys = {}
  for i = 1, #ids do keys[i] = prefix .. ids[i] end
  if #keys > 0 then found = found + call('EXISTS', unpack(keys)) end
end
local function byId(ids)
  for i = 1, #ids do frame(ids[i], -1, '', '') end
end
local take = ({ c = byCount, n = byName, b = sparing and byName or byId, e = byEntry })[what]

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
