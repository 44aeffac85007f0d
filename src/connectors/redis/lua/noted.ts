import { Script } from '../script.ts'
import { timeLua } from './time.ts'

/**
 * Finds what was taken for a worker that did not hear of it, and begins its lease anew.
 *
 * KEYS  reserved, the note
 * ARGV  length of the lease in seconds or ''
 * Returns the member, if it is still reserved as it was taken; nil otherwise
 */
export const notedScript = new Script(
  'noted',
  `${timeLua}
local member = redis.call('GET', KEYS[2])
if not member or not redis.call('ZSCORE', KEYS[1], member) then return nil end
redis.call('ZADD', KEYS[1], ARGV[1] == '' and '+inf' or text(clock('') + ARGV[1]), member)
return member
`,
)
