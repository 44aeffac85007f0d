import { Script } from '../script.ts'
import { timeLua } from './time.ts'

/** A field for each worker: `<noted at, ms> <stays for, ms> <text>`. */
const rosterLua = `${timeLua}
local now = math.floor(clock(ARGV[1]) * 1000)
local function read(stored)
  local at, ttl, text = string.match(stored, '^(%d+) (%d+) (.*)$')
  if at and at + ttl > now then return now - at, text end
end
local function living()
  local all = redis.call('HGETALL', KEYS[1])
  local found = {}
  for i = 1, #all, 2 do
    local age, text = read(all[i + 1])
    if age then
      found[#found + 1] = all[i]
      found[#found + 1] = string.format('%.0f', age)
      found[#found + 1] = text
    else
      redis.call('HDEL', KEYS[1], all[i])
    end
  end
  return found
end
`

/**
 * KEYS  the hash
 * ARGV  now in seconds or '', the worker's id, time to stay in ms, the text, 1 to look for those whose time is over
 * Returns OK
 */
export const noteScript = new Script(
  'roster note',
  `${rosterLua}
redis.call('HSET', KEYS[1], ARGV[2], string.format('%.0f %s %s', now, ARGV[3], ARGV[4]))
if ARGV[5] == '1' then living() end
return 'OK'
`,
)

/**
 * KEYS  the hash
 * ARGV  now in seconds or ''
 * Returns id, age in ms and text of each whose time is not over; the others are removed
 */
export const rosterScript = new Script('roster', `${rosterLua}\nreturn living()\n`)
