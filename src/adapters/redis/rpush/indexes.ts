/**
 * The slices of an `rpush` target, run in the server. One notification is a hash and its places in the indexes; both are
 * read and removed in one step, as the daemon does, so that it never claims what is half gone.
 *
 * An entry's payload is DUMP's without its checksum, and with its places behind it: f64 score in `pending` and f64 score in `retryable`, each only
 * where it has one, then one byte: 1 in `all`, 2 in `pending`, 4 in `retryable`, 8, 16, 32 in the sets of older Modis.
 */
import { PRELUDE } from '../slices.js'

/** Behind the prefix. The last three: Modis before 1.4.2, and only where they exist. */
export const INDEX_SETS = ['all', 'notification:all', 'raw_notification:all', 'badge_notification:all'] as const
export const SET_BITS = [1, 8, 16, 32] as const
export const PENDING_BIT = 2
export const RETRYABLE_BIT = 4

/**
 * ARGV 1: prefix. While delivery is on hold the two sorted sets live under another name; `zsets` and `held` are looked up
 * once per slice, and a score in either counts. Rpush scores `pending` by id, so neighbouring ids are read as one range,
 * which spares writing every score out as text; whatever is not found that way is asked for by name.
 */
export const INDEXES = `${PRELUDE}
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
local function pendingScores(ids)
  local n = #ids
  local low, high = tonumber(ids[1]), tonumber(ids[n])
  if not (low <= high and high - low < 4 * n + 64) then return scores(pendingKeys, ids) end
  local found, rest, at = {}, {}, {}
  for _, key in ipairs(pendingKeys) do
    for _, id in ipairs(call('ZRANGEBYSCORE', key, low, high)) do found[id] = true end
  end
  local list = {}
  for i = 1, n do
    local id = ids[i]
    if found[id] then list[i] = id
    else
      rest[#rest + 1] = id
      at[#at + 1] = i
    end
  end
  if #rest > 0 then
    for i, score in pairs(scores(pendingKeys, rest)) do list[at[i]] = score end
  end
  return list
end
local function places(ids)
  local flags = {}
  for s = 1, #sets do
    local members, bit = call('SMISMEMBER', sets[s], unpack(ids)), bits[s]
    for i = 1, #ids do flags[i] = (flags[i] or 0) + members[i] * bit end
  end
  return flags, pendingScores(ids), scores(retryableKeys, ids)
end
local function trail(flag, pending, retryable)
  if not retryable then
    if not pending then return string.char(flag) end
    return pack('<dB', tonumber(pending), flag + 2)
  end
  if not pending then return pack('<dB', tonumber(retryable), flag + 4) end
  return pack('<ddB', tonumber(pending), tonumber(retryable), flag + 6)
end
`
