/** `clock(given)`: now as a text of seconds, the one given or else the server's own; `text(seconds)`: a score in microseconds. */
export const timeLua = `
local function clock(given)
  if given ~= '' then return given end
  local time = redis.call('TIME')
  return time[1] .. '.' .. string.sub('00000' .. time[2], -6)
end
local function text(seconds)
  return string.format('%.6f', seconds)
end
`
