import { Script } from '../script.ts'

/**
 * Puts failed jobs back. An id that is no longer there, because the command is repeated or somebody was faster, is passed over.
 *
 * KEYS  list, failed, records
 * ARGV  pairs of id and the member to put
 * Returns the ids that were moved
 */
export const retryScript = new Script(
  'retry',
  `
local moved = {}
for at = 1, #ARGV, 2 do
  if redis.call('HEXISTS', KEYS[3], ARGV[at]) == 1 then
    redis.call('RPUSH', KEYS[1], ARGV[at + 1])
    redis.call('ZREM', KEYS[2], ARGV[at])
    redis.call('HDEL', KEYS[3], ARGV[at])
    moved[#moved + 1] = ARGV[at]
  end
end
return moved
`,
)

/**
 * Removes failed jobs for good.
 *
 * KEYS  failed, records
 * ARGV  ids
 * Returns how many were there
 */
export const forgetScript = new Script(
  'forget',
  `
redis.call('ZREM', KEYS[1], unpack(ARGV))
return redis.call('HDEL', KEYS[2], unpack(ARGV))
`,
)
