import { Script } from '../script.ts'

/**
 * Puts members that are not for us back to where they were: the head of the list, in their order.
 *
 * KEYS  list, reserved
 * ARGV  members
 * Returns how many were put back
 */
export const restoreScript = new Script(
  'restore',
  `
local count = 0
redis.call('ZREM', KEYS[2], '')
for at = #ARGV, 1, -1 do
  if redis.call('ZSCORE', KEYS[2], ARGV[at]) then
    redis.call('LPUSH', KEYS[1], ARGV[at])
    redis.call('ZREM', KEYS[2], ARGV[at])
    count = count + 1
  end
end
return count
`,
)
