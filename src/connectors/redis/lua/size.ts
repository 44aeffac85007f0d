import { Script } from '../script.ts'
import { timeLua } from './time.ts'

/**
 * Counts.
 *
 * KEYS  list, delayed, reserved, failed
 * ARGV  now in seconds or ''
 * Returns now, length of the list, delayed jobs that are due, the other delayed ones, reserved, failed, the first member of the
 *       list or '', the due time of the first delayed one or ''
 */
export const sizeScript = new Script(
  'size',
  `${timeLua}
local now = clock(ARGV[1])
local due = redis.call('ZCOUNT', KEYS[2], '-inf', now)
local first = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')
return {
  now,
  redis.call('LLEN', KEYS[1]),
  due,
  redis.call('ZCARD', KEYS[2]) - due,
  redis.call('ZCARD', KEYS[3]),
  redis.call('ZCARD', KEYS[4]),
  redis.call('LINDEX', KEYS[1], 0) or '',
  first[2] and text(tonumber(first[2])) or '',
}
`,
)

/**
 * Removes what is not reserved.
 *
 * KEYS  list, delayed
 * Returns how many there were
 */
export const clearScript = new Script(
  'clear',
  `
local count = redis.call('LLEN', KEYS[1]) + redis.call('ZCARD', KEYS[2])
redis.call('UNLINK', KEYS[1], KEYS[2])
return count
`,
)
