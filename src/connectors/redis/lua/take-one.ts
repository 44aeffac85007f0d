/**
 * Reserves one job without looking for what is due: `member`, or false. `call` must be there, and a removal from KEYS[2] must come
 * before: it tells a key of another type before anything is popped.
 *
 * KEYS  list, reserved, paused
 * ARGV  length of the lease in seconds or '', '1' to take from a paused queue
 */
export const takeOneLua = `
local member = (ARGV[2] == '1' or call('EXISTS', KEYS[3]) == 0) and call('LPOP', KEYS[1])
if member then
  local lease = '+inf'
  if ARGV[1] ~= '' then
    local time = call('TIME')
    lease = string.format('%.6f', time[1] + time[2] / 1000000 + ARGV[1])
  end
  call('ZADD', KEYS[2], lease, member)
end
`
