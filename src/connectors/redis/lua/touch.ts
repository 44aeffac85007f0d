import { Script } from '../script.ts'
import { timeLua } from './time.ts'

/**
 * Renews leases. The first step is a removal of nothing, which a server that is out of memory allows and then lets the rest pass.
 *
 * KEYS  reserved, of each queue
 * ARGV  now in seconds or '', length of the lease in seconds or '', then: 'q' n (the queue of those that follow, from 0), or
 *       'm' member
 * Returns the positions of the refused, from 1
 */
export const touchScript = new Script(
  'touch',
  `${timeLua}
redis.call('ZREM', KEYS[1], '')
local lease = ARGV[2] == '' and '+inf' or text(clock(ARGV[1]) + ARGV[2])
local refused, position, reserved = {}, 0, KEYS[1]
for at = 3, #ARGV, 2 do
  if ARGV[at] == 'q' then
    reserved = KEYS[ARGV[at + 1] + 1]
  else
    position = position + 1
    if redis.call('ZSCORE', reserved, ARGV[at + 1]) then
      redis.call('ZADD', reserved, 'XX', lease, ARGV[at + 1])
    else
      refused[#refused + 1] = position
    end
  end
end
return refused
`,
)
