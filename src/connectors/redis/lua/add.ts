import { Script } from '../script.ts'

/**
 * Stores jobs of one queue that are due now, all or none, as the push script would in more time. The command is known by a bit, which
 * is written last and was told before how long to live.
 *
 * KEYS  the bitmap, the list
 * ARGV  the bit, member…
 * Returns 1, or 0 when the command had been carried out before
 */
export const addScript = new Script(
  'add',
  `local call = redis.call
if call('GETBIT', KEYS[1], ARGV[1]) == 1 then
  call('LLEN', KEYS[2])
  return 0
end
for from = 2, #ARGV, 1000 do
  call('RPUSH', KEYS[2], unpack(ARGV, from, math.min(from + 999, #ARGV)))
end
call('SETBIT', KEYS[1], ARGV[1], 1)
return 1
`,
)
