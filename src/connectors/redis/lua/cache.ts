import { Script } from '../script.ts'
import { timeLua } from './time.ts'

/**
 * A value is stored as `<end in ms, or nothing>:<value>`; the server's own expiry removes it when no time was given with the call.
 */
const valueLua = `${timeLua}
local now = math.floor(clock(ARGV[1]) * 1000)
local function live()
  local stored = redis.call('GET', KEYS[1])
  if not stored then return nil end
  local ending, value = string.match(stored, '^(%d*):(.*)$')
  if ending ~= '' and tonumber(ending) <= now then return nil end
  return value, ending
end
local function put(value, ttl)
  if ttl == '' then return redis.call('SET', KEYS[1], ':' .. value) end
  local stored = string.format('%.0f', now + ttl) .. ':' .. value
  if ARGV[1] == '' then redis.call('SET', KEYS[1], stored, 'PX', ttl) else redis.call('SET', KEYS[1], stored) end
end
`

/**
 * KEYS  the key
 * ARGV  now in seconds or ''
 * Returns the value, or nil
 */
export const getScript = new Script('cache get', `${valueLua}\nreturn live() or false\n`)

/**
 * KEYS  the key
 * ARGV  now in seconds or '', time to live in ms or '', the value
 * Returns OK
 */
export const setScript = new Script('cache set', `${valueLua}\nput(ARGV[3], ARGV[2])\nreturn 'OK'\n`)

/**
 * KEYS  the key
 * ARGV  now in seconds or '', time to live in ms or '', the value
 * Returns 1 when it was set, 0 when there was one
 */
export const addScript = new Script(
  'cache add',
  `${valueLua}
if live() then return 0 end
put(ARGV[3], ARGV[2])
return 1
`,
)

/**
 * KEYS  the key
 * ARGV  now in seconds or '', what to add
 * Returns the new value as text
 */
export const incrementScript = new Script(
  'cache increment',
  `${valueLua}
local value, ending = live()
local sum = string.format('%.0f', (value or 0) + ARGV[2])
if ending and ending ~= '' then put(sum, tostring(ending - now)) else put(sum, '') end
return sum
`,
)

/**
 * KEYS  the key
 * ARGV  now in seconds or ''
 * Returns 1 when it was there
 */
export const dropScript = new Script(
  'cache forget',
  `${valueLua}
local there = live()
redis.call('DEL', KEYS[1])
return there and 1 or 0
`,
)

/**
 * PHP's signal to restart: its workers compare the value with the one they saw first.
 *
 * KEYS  the key
 * Returns the new value: unix time, at least one more than before
 */
export const restartScript = new Script(
  'restart',
  `
local value = math.max(tonumber(redis.call('TIME')[1]), (tonumber(redis.call('GET', KEYS[1]) or '0') or 0) + 1)
redis.call('SET', KEYS[1], string.format('%.0f', value))
return string.format('%.0f', value)
`,
)
