import { Script } from '../script.ts'
import { takeOneLua } from './take-one.ts'

/** How long a note of what was taken is kept: longer than a connection takes to come back. */
const notedMs = 600_000

/**
 * Reserves the job that a blocked call was woken for, and notes which, should the answer be lost.
 *
 * KEYS  list, reserved, paused, the note
 * ARGV  length of the lease in seconds or '', '1' to take from a paused queue
 * Returns the member; nil when none was to be had without looking for what is due
 */
export const catchScript = new Script(
  'catch',
  `local call = redis.call
call('ZREM', KEYS[2], '')
${takeOneLua}
if member then call('SET', KEYS[4], member, 'PX', ${notedMs}) end
return member
`,
)
