/** `now` in seconds: the text given, else the server's own clock; `text(seconds)` is a score in microseconds. */
export const timeLua = `
local function clock(given)
  if given ~= '' then return tonumber(given) end
  local time = redis.call('TIME')
  return time[1] + time[2] / 1000000
end
local function text(seconds)
  return string.format('%.6f', seconds)
end
`
