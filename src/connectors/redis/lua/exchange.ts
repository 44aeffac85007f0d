import { Script } from '../script.ts'
import { laterLua } from './later.ts'
import { raiseLua } from './raise.ts'
import { timeLua } from './time.ts'

/** Most members of one kind (settled, migrated, reserved) that one call moves, so that no call keeps the server long. */
export const mostMoved = 100

/** Keys of one queue, in the order that the script takes them. */
const exchangeKeys = 6

/**
 * Settles deliveries, then reserves; either part may be empty. What is put somewhere is put before it is removed where it was,
 * and a removal comes first: it tells a key of another type before anything is popped, and a server that is out of memory allows
 * it and then lets the rest pass.
 *
 * KEYS  for each queue: list, delayed, reserved, paused, failed, records
 * ARGV  now in seconds or '', limit, length of the lease in seconds or '', '1' to take from paused queues, '1' to look for what is
 *       due before anything is popped and not only where too little is found,
 *       how many of the queues to reserve from (the first ones, by preference), then settlements:
 *       'q' n                              those that follow belong to queue n, from 0; the first ones belong to queue 0
 *       'd' count member…                  delete
 *       'r' member channel delay member'   release, due in so many seconds, as other bytes
 *       'b' member id record-head          bury
 * Returns now, the next due time or '' (only asked for when less than the limit was found), the positions of the refused from 1,
 *       then for each queue asked its members, or 0 when it is paused
 *
 * Functions that are not always called are made where they are: making all of them took longer than what is usually done.
 */
export const exchangeScript = new Script(
  'exchange',
  `${timeLua}
local call = redis.call
local now = clock(ARGV[1])
local limit, asked, count = math.min(tonumber(ARGV[2]), ${mostMoved}), tonumber(ARGV[6]), #ARGV
local refused, position, at, base = {}, 0, 7, 0
local opened = {}
while at <= count do
  local kind = ARGV[at]
  if kind == 'd' then
    local reserved, last = KEYS[base + 3], at + 1 + ARGV[at + 1]
    for place = at + 2, last do
      position = position + 1
      if call('ZREM', reserved, ARGV[place]) == 0 then refused[#refused + 1] = position end
    end
    opened[base] = true
    at = last + 1
  elseif kind == 'q' then
    base = ARGV[at + 1] * ${exchangeKeys}
    at = at + 2
  else
    local reserved, member = KEYS[base + 3], ARGV[at + 1]
    if not opened[base] then call('ZREM', reserved, '') end
    opened[base] = true
    position = position + 1
    if not call('ZSCORE', reserved, member) then
      refused[#refused + 1] = position
    elseif kind == 'r' then
      ${laterLua}
      later(KEYS[base + 2], ARGV[at + 2], now + ARGV[at + 3], ARGV[at + 4])
      call('ZREM', reserved, member)
    else
      call('HSET', KEYS[base + 6], ARGV[at + 2], ARGV[at + 3] .. '\\n' .. member)
      call('ZADD', KEYS[base + 5], string.format('%.0f', now * 1000), ARGV[at + 2])
      call('ZREM', reserved, member)
    end
    at = at + (kind == 'r' and 5 or 4)
  end
end
local lease = ARGV[3] == '' and '+inf' or text(now + ARGV[3])
local moved = 0
local function pop(list, reserved)
  local found = call('LPOP', list, limit)
  if not found or #found == 0 then return {} end
  limit = limit - #found
  local leases = {}
  for i = 1, #found do
    leases[2 * i - 1] = lease
    leases[2 * i] = found[i]
  end
  call('ZADD', reserved, unpack(leases))
  return found
end
local function reserve(k)
  if limit == 0 then return {} end
  local list, delayed, reserved = KEYS[k + 1], KEYS[k + 2], KEYS[k + 3]
  if ARGV[4] ~= '1' and call('EXISTS', KEYS[k + 4]) == 1 then return 0 end
  if not opened[k] then call('ZREM', reserved, '') end
  local found
  if ARGV[5] ~= '1' then
    found = pop(list, reserved)
    if limit == 0 then return found end
  end
  ${raiseLua}
  local function move(from, change)
    if moved >= ${mostMoved} then return end
    local due = call('ZRANGEBYSCORE', from, '-inf', now, 'LIMIT', 0, ${mostMoved} - moved)
    if #due == 0 then return end
    local members = due
    if change then
      members = {}
      for i = 1, #due do members[i] = change(due[i]) or due[i] end
    end
    call('RPUSH', list, unpack(members))
    call('ZREM', from, unpack(due))
    moved = moved + #due
  end
  move(delayed)
  if ARGV[3] ~= '' then move(reserved, raise) end
  if not found then return pop(list, reserved) end
  if moved > 0 then
    for _, member in ipairs(pop(list, reserved)) do found[#found + 1] = member end
  end
  return found
end
local answer = { now, '', refused }
for queue = 0, asked - 1 do answer[4 + queue] = reserve(queue * ${exchangeKeys}) end
if limit == 0 or asked == 0 then return answer end
local function head(key)
  local first = call('ZRANGE', key, 0, 0, 'WITHSCORES')
  return first[2] and tonumber(first[2]) or math.huge
end
local next_due = math.huge
for queue = 0, asked - 1 do
  local k = queue * ${exchangeKeys}
  if answer[4 + queue] ~= 0 then
    next_due = math.min(next_due, head(KEYS[k + 2]))
    if ARGV[3] ~= '' then next_due = math.min(next_due, head(KEYS[k + 3])) end
  end
end
if next_due < math.huge then answer[2] = text(next_due) end
return answer
`,
)
