import { Script } from '../script.ts'
import { takeOneLua } from './take-one.ts'

/**
 * Deletes one delivery and reserves the next job of its queue, as the exchange script would in more time: what a worker that runs
 * one job at a time does all the time.
 *
 * KEYS  list, reserved, paused
 * ARGV  length of the lease in seconds or '', '1' to take from a paused queue, the member to delete
 * Returns the member that was reserved, alone in a list when the deletion was refused; without one 1, or 0 when it was refused
 */
export const swapScript = new Script(
  'swap',
  `local call = redis.call
local deleted = call('ZREM', KEYS[2], ARGV[3])
${takeOneLua}
if not member then return deleted end
if deleted == 0 then return { member } end
return member
`,
)
