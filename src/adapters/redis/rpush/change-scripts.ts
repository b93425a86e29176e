/** Removing Rpush's notifications and putting them back, a slice at a time, run in the server. */
import { makeScript } from '../session.js'
import { INDEXES } from './indexes.js'

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
    local pending, retryable = pendingScores(ids), scores(retryableKeys, ids)
    for i = 1, n do
      local same = lasts[i] < froms[i]
      if not same then
        local value, to = call('DUMP', names[i]), lasts[i] - 1
        if value then
          same = string.byte(blob, to + 1) % 8 - string.byte(blob, to + 1) % 2 == (pending[i] and 2 or 0) + (retryable[i] and 4 or 0)
          if same and retryable[i] then
            same, to = struct.unpack('<d', blob, to - 7) == tonumber(retryable[i]), to - 8
          end
          if same and pending[i] then
            same, to = struct.unpack('<d', blob, to - 7) == tonumber(pending[i]), to - 8
          end
          same = same and string.sub(value, 1, -9) == string.sub(blob, froms[i], to)
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

/**
 * ARGV: prefix, lowest id, highest id, how many of these ids wait in `pending`, how many in `retryable`, id and score of each of
 * the latter, then all ids. Runs under a watch of their hashes, so that only the queues have to be looked at: an id that the
 * daemon claimed is missing there. Answers how many were removed; -1: something is not as it was, nothing was removed.
 */
export const REMOVE_WATCHED = makeScript(`${INDEXES}
local low, high, waiting, retrying = ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
local ids, names, n = {}, {}, 0
for i = 6 + 2 * retrying, #ARGV do
  n = n + 1
  ids[n], names[n] = ARGV[i], prefix .. ARGV[i]
end
if n == 0 then return 0 end
local seen = 0
for _, key in ipairs(pendingKeys) do seen = seen + call('ZCOUNT', key, low, high) end
if seen ~= waiting then return -1 end
local retryIds, retryScores = {}, {}
for i = 1, retrying do
  retryIds[i], retryScores[i] = ARGV[4 + 2 * i], tonumber(ARGV[5 + 2 * i])
end
if retrying > 0 then
  local now = scores(retryableKeys, retryIds)
  for i = 1, retrying do
    if not now[i] or tonumber(now[i]) ~= retryScores[i] then return -1 end
  end
  for _, key in ipairs(retryableKeys) do call('ZREM', key, unpack(retryIds)) end
end
if waiting > 0 then
  for _, key in ipairs(pendingKeys) do call('ZREMRANGEBYSCORE', key, low, high) end
end
local removed = call('UNLINK', unpack(names))
for s = 1, #sets do call('SREM', sets[s], unpack(ids)) end
return removed
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
local adds, zadds = {}, {}
local function later(list, key, a, b)
  local words = list[key] or {}
  list[key] = words
  words[#words + 1] = a
  words[#words + 1] = b
end
while not stop and pos <= #blob and (pos == 1 or now() - began < quantum) do
  for _ = 1, 24 do
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
    if ttl == -1 then ttl = 0 elseif ttl < 1 then ttl = 1 end
    local reply = redis.pcall('RESTORE', name, ttl, string.sub(blob, at + nameLength, to))
    if reply.ok then
      restored = restored + 1
      for bit, set in pairs(names) do
        if flag % (bit * 2) >= bit then later(adds, prefix .. set, id) end
      end
      if pending then later(zadds, pendingHome, pending, id) end
      if retryable then later(zadds, retryableHome, retryable, id) end
    elseif string.find(reply.err, 'BUSYKEY', 1, true) then occupied = occupied + 1
    elseif string.find(reply.err, 'checksum', 1, true) then failed = failed + 1
    else
      stop = reply
      break
    end
    pos = last + 1
  end
  for key, words in pairs(adds) do call('SADD', key, unpack(words)) end
  for key, words in pairs(zadds) do call('ZADD', key, 'NX', unpack(words)) end
  adds, zadds = {}, {}
end
if stop and pos == 1 then return stop end
return settled(pos - 1, restored, occupied, failed, left)
`)
