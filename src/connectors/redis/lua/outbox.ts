import { Script } from '../script.ts'
import { laterLua } from './later.ts'
import { timeLua } from './time.ts'

/** The member of a queue's marks whose score is the lowest term that counts. No mark has that name. */
const floor = 'floor'

/**
 * A term higher than all before.
 *
 * KEYS  the highest so far
 * ARGV  what it must be higher than too
 */
export const termScript = new Script(
  'term',
  `
local term = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), tonumber(ARGV[1])) + 1
redis.call('SET', KEYS[1], string.format('%.0f', term))
return term
`,
)

/**
 * Stores jobs of an outbox, all or none, but for those whose mark is there; the key types are looked at first.
 *
 * KEYS  list, delayed, tokens, marks
 * ARGV  the sender's term, how many seconds an id is remembered, channel, then for each job: mark, delay, token or '', member
 * Returns 1, or 0 when the term is over
 */
export const takeScript = new Script(
  'take',
  `${timeLua}${laterLua}
local lowest = redis.call('ZSCORE', KEYS[4], '${floor}')
if lowest and tonumber(ARGV[1]) < tonumber(lowest) then return 0 end
redis.call('LLEN', KEYS[1])
redis.call('ZCARD', KEYS[2])
redis.call('ZCARD', KEYS[3])
local now = clock('')
for at = 4, #ARGV, 4 do
  local mark, delay, token, member = ARGV[at], tonumber(ARGV[at + 1]), ARGV[at + 2], ARGV[at + 3]
  if not redis.call('ZSCORE', KEYS[4], mark) then
    local isNew = true
    if token ~= '' then
      redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now)
      isNew = not redis.call('ZSCORE', KEYS[3], token)
    end
    if isNew then
      if delay > 0 then later(KEYS[2], ARGV[3], now + delay, member) else redis.call('RPUSH', KEYS[1], member) end
      if token ~= '' then
        redis.call('ZADD', KEYS[3], text(now + ARGV[2]), token)
        redis.call('EXPIRE', KEYS[3], ARGV[2])
      end
    end
    redis.call('ZADD', KEYS[4], ARGV[1], mark)
  end
end
return 1
`,
)

/**
 * Removes marks, and raises the floor.
 *
 * KEYS  marks
 * ARGV  the floor or '', then marks
 */
export const forgetMarksScript = new Script(
  'forget-marks',
  `
if ARGV[1] ~= '' then
  local lowest = redis.call('ZSCORE', KEYS[1], '${floor}')
  if not lowest or tonumber(lowest) < tonumber(ARGV[1]) then redis.call('ZADD', KEYS[1], ARGV[1], '${floor}') end
end
return redis.call('ZREM', KEYS[1], unpack(ARGV, 2))
`,
)
