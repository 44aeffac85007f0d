/**
 * `raise(body)`: the same bytes with the number of the outermost "attempts" one higher; nil when there is none. No cjson: it
 * would lose digits, reorder keys and turn [] into {}.
 */
export const raiseLua = `
local function string_end(body, start)
  local at = start + 1
  while true do
    local found = string.find(body, '["\\\\]', at)
    if not found then return nil end
    if string.byte(body, found) == 34 then return found end
    at = found + 2
  end
end
local function attempts_span(body)
  local depth, at, from, to = 0, 1, nil, nil
  while true do
    local found = string.find(body, '["{}%[%]]', at)
    if not found then return from, to end
    local byte = string.byte(body, found)
    if byte == 34 then
      local ending = string_end(body, found)
      if not ending then return nil end
      if depth == 1 and string.sub(body, found, ending) == '"attempts"' and string.find(body, '^%s*:', ending + 1) then
        from, to = string.match(body, '^%s*:%s*()%d+()[%s,}]', ending + 1)
      end
      at = ending + 1
    else
      if byte == 123 or byte == 91 then depth = depth + 1 else depth = depth - 1 end
      at = found + 1
    end
  end
end
local function raise(body)
  local head, digits = string.match(body, '^(.*"attempts":)(%d+)}$')
  if head then return head .. string.format('%.0f', digits + 1) .. '}' end
  local from, to = attempts_span(body)
  if not from then return nil end
  return string.sub(body, 1, from - 1) .. string.format('%.0f', string.sub(body, from, to - 1) + 1) .. string.sub(body, to)
end
`
