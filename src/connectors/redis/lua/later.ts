/** `later(delayed, channel, due, member)`: a delayed job; whoever waits is told when it is due before all the others. */
export const laterLua = `
local function later(delayed, channel, due, member)
  local head = redis.call('ZRANGE', delayed, 0, 0, 'WITHSCORES')
  redis.call('ZADD', delayed, text(due), member)
  if not head[2] or due < tonumber(head[2]) then redis.pcall('PUBLISH', channel, text(due)) end
end
`
