import { Script } from '../script.ts'
import { laterLua } from './later.ts'
import { timeLua } from './time.ts'

/** Keys of one queue, in the order that the script takes them. */
const pushKeys = 3

/**
 * Stores jobs, all or none. A command is known by a bit in its producer's own bitmap, so that one which is sent again does
 * nothing; an id that a caller gave is known by itself. Both are written last: what was refused was not done. A transaction sets the
 * bit although it met a key of another type, which is therefore looked for first.
 *
 * KEYS  the bitmap, then for each queue: list, delayed, tokens
 * ARGV  now in seconds or '', the bit, how many seconds an id is remembered, the same for the bitmap or '' when that was said
 *       lately, then jobs:
 *       'n' queue count member…               due now
 *       'l' queue channel delay member        due in so many seconds
 *       'o' queue channel delay member token  the same once, as long as the token is remembered
 * Returns 1, or 0 when the command had been carried out before
 */
export const pushScript = new Script(
  'push',
  `
local call = redis.call
local isDone = call('GETBIT', KEYS[1], ARGV[2]) == 1
if isDone or #KEYS > ${1 + pushKeys} then
  for k = 2, #KEYS, ${pushKeys} do
    call('LLEN', KEYS[k])
    call('ZCARD', KEYS[k + 1])
    call('ZCARD', KEYS[k + 2])
  end
end
if isDone then return 0 end
local count, at, now = #ARGV, 5, nil
while at <= count do
  local kind = ARGV[at]
  local k = 2 + ARGV[at + 1] * ${pushKeys}
  if kind == 'n' then
    local first, last = at + 3, at + 2 + ARGV[at + 2]
    for from = first, last, 1000 do
      call('RPUSH', KEYS[k], unpack(ARGV, from, math.min(from + 999, last)))
    end
    at = last + 1
  else
    ${timeLua}${laterLua}
    now = now or clock(ARGV[1])
    local channel, delay, member, isNew = ARGV[at + 2], tonumber(ARGV[at + 3]), ARGV[at + 4], true
    if kind == 'o' then
      call('ZREMRANGEBYSCORE', KEYS[k + 2], '-inf', now)
      isNew = not call('ZSCORE', KEYS[k + 2], ARGV[at + 5])
    end
    if isNew then
      if delay > 0 then later(KEYS[k + 1], channel, now + delay, member) else call('RPUSH', KEYS[k], member) end
      if kind == 'o' then
        call('ZADD', KEYS[k + 2], text(now + ARGV[3]), ARGV[at + 5])
        if ARGV[1] == '' then call('EXPIRE', KEYS[k + 2], ARGV[3]) end
      end
    end
    at = at + (kind == 'o' and 6 or 5)
  end
end
call('SETBIT', KEYS[1], ARGV[2], 1)
if ARGV[4] ~= '' then call('EXPIRE', KEYS[1], ARGV[4]) end
return 1
`,
)
