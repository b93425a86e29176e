/** The slices of a `keys` target, run in the server. In a cluster each runs on one master, on keys of that master only. */
import { makeScript } from '../session.js'
import { PRELUDE } from '../slices.js'

/** A name as it goes over the wire, so that it can be handed on as it came; see `Packed`. */
const ARGUMENT = `
local function argument(name) return '$' .. #name .. '\\r\\n' .. name .. '\\r\\n' end
`

/** Begins no name of a type. */
export const ELSEWHERE = '?'

/**
 * ARGV: cursor, pattern, count per SCAN, quantum in µs, most keys to visit. Names as the arguments of a command, and
 * how many of each type.
 * why pcall: during a migration a cluster's master may hold a name that it does not serve, and Redis 8.0 refuses some that it
 * serves; such a name stands among the types, behind `ELSEWHERE`.
 */
export const SCAN_KEYS = makeScript(`${PRELUDE}${ARGUMENT}
local cursor, found, visited, kinds, out, n = ARGV[1], 0, 0, {}, {}, 0
local quantum, most = tonumber(ARGV[4]), tonumber(ARGV[5])
repeat
  local page = call('SCAN', cursor, 'MATCH', ARGV[2], 'COUNT', ARGV[3])
  local keys = page[2]
  cursor = page[1]
  visited = visited + ARGV[3]
  for i = 1, #keys do
    local reply = redis.pcall('TYPE', keys[i])
    local kind = reply.ok
    if reply.err then
      kinds['${ELSEWHERE}' .. keys[i]] = 1
    elseif kind ~= 'none' then
      found, n = found + 1, n + 1
      out[n] = argument(keys[i])
      kinds[kind] = (kinds[kind] or 0) + 1
      local size = redis.pcall('MEMORY', 'USAGE', keys[i])
      if type(size) == 'number' and size > 4194304 then
        local weight = size > 67108864 and 'over 64 MB' or 'over 4 MB'
        kinds[weight] = (kinds[weight] or 0) + 1
      end
    end
  end
until cursor == '0' or visited >= most or now() - began >= quantum
return answer(found, visited, cursor, kinds, out)
`)

/** As `SCAN_KEYS`, and nothing but how many: the names stay where they are. */
export const COUNT_KEYS = makeScript(`${PRELUDE}
local cursor, found, visited = ARGV[1], 0, 0
local quantum, most = tonumber(ARGV[4]), tonumber(ARGV[5])
repeat
  local page = call('SCAN', cursor, 'MATCH', ARGV[2], 'COUNT', ARGV[3])
  cursor = page[1]
  found, visited = found + #page[2], visited + ARGV[3]
until cursor == '0' or visited >= most or now() - began >= quantum
return answer(found, visited, cursor, {}, {})
`)

/** ARGV: cursor, pattern, count. One SCAN, its names as the arguments of a command; how many in place of `found`. */
export const PACK_KEYS = makeScript(`${PRELUDE}${ARGUMENT}
local page = call('SCAN', ARGV[1], 'MATCH', ARGV[2], 'COUNT', ARGV[3])
local keys, out = page[2], {}
for i = 1, #keys do out[i] = argument(keys[i]) end
return answer(#keys, ARGV[3], page[1], {}, out)
`)

/**
 * ARGV: frames, quantum in µs, `1` where several keys may go in one UNLINK, the target's prefix. Compares, unlinks and
 * answers in one step, so that no key can change in between.
 */
export const REMOVE_KEYS = makeScript(`${PRELUDE}
local blob, quantum, together, prefix = ARGV[1], tonumber(ARGV[2]), ARGV[3] == '1', ARGV[4]
local pos, removed, changed, gone, left = 1, 0, 0, 0, {}
local function leave(name)
  changed = changed + 1
  left[changed] = pack('<I4', #name) .. name
end
while pos <= #blob and (pos == 1 or now() - began < quantum) do
  local doomed, n = {}, 0
  for _ = 1, 32 do
    if pos > #blob then break end
    local nameLength, _, size, at = struct.unpack('<I4i8I4', blob, pos)
    local name = string.sub(blob, at, at + nameLength - 1)
    pos = at + nameLength + size
    if string.sub(name, 1, #prefix) ~= prefix then
      leave(name)
    elseif size == 0 then
      n = n + 1
      doomed[n] = name
    else
      local value = redis.pcall('DUMP', name)
      if not value then
        gone = gone + 1
      elseif type(value) == 'string' and string.sub(value, 1, -9) == string.sub(blob, at + nameLength, pos - 1) then
        n = n + 1
        doomed[n] = name
      else
        leave(name)
      end
    end
  end
  if together and n > 0 then
    local unlinked = call('UNLINK', unpack(doomed))
    removed, gone = removed + unlinked, gone + n - unlinked
  else
    for i = 1, n do
      local unlinked = redis.pcall('UNLINK', doomed[i])
      if type(unlinked) ~= 'number' then leave(doomed[i])
      else removed, gone = removed + unlinked, gone + 1 - unlinked end
    end
  end
end
return settled(pos - 1, removed, changed, gone, left)
`)

/**
 * ARGV: frames, quantum in µs. Never replaces: BUSYKEY means that something lives under the name again. A refusal that
 * would meet every entry (memory, rights, replica) ends the slice before the entry that met it.
 */
export const RESTORE_KEYS = makeScript(`${PRELUDE}
local blob, quantum = ARGV[1], tonumber(ARGV[2])
local pos, restored, occupied, failed, left, stop = 1, 0, 0, 0, {}, nil
while not stop and pos <= #blob and (pos == 1 or now() - began < quantum) do
  for _ = 1, 16 do
    if pos > #blob then break end
    local nameLength, ttl, size, at = struct.unpack('<I4i8I4', blob, pos)
    local name = string.sub(blob, at, at + nameLength - 1)
    if ttl == -1 then ttl = 0 elseif ttl < 1 then ttl = 1 end
    local reply = redis.pcall('RESTORE', name, ttl, string.sub(blob, at + nameLength, at + nameLength + size - 1))
    if reply.ok then restored = restored + 1
    elseif string.find(reply.err, 'BUSYKEY', 1, true) then occupied = occupied + 1
    elseif string.find(reply.err, 'checksum', 1, true) or string.find(reply.err, 'local key', 1, true) then
      failed = failed + 1
      left[failed] = pack('<I4', #name) .. name
    else
      stop = reply
      break
    end
    pos = at + nameLength + size
  end
end
if stop and pos == 1 then return stop end
return settled(pos - 1, restored, occupied, failed, left)
`)
