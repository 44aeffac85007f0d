import { ConfigError } from '../contract/errors.ts'
import type { Ms } from '../contract/time.ts'

const unitMs: Readonly<Record<string, Ms>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

const written =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3})\d*)?)?(?:(Z)|([+-])(\d\d):?(\d\d))?)?$/

/**
 * Ms since the epoch of a time as our tables print it (local, `2026-11-22 15:49:38`, without seconds or time of day too), of one with
 * its zone as JSON has it, or of how long ago it was: `90s`, `30m`, `1h`, `2d`, `1w`. Throws a `ConfigError` beginning with `name`.
 */
export function parseMoment(text: string, name: string, now: Ms): Ms {
  const moment = ago(text.trim(), now) ?? calendarTime(text.trim())
  if (moment === undefined)
    throw new ConfigError(
      `${name} is "${text}"; expected how long ago such as 90s, 30m, 1h or 2d, or a time such as 2026-11-22 or "2026-11-22 15:49:38"`,
    )
  return moment
}

function ago(text: string, now: Ms): Ms | undefined {
  const [, figure, unit] = /^(\d{1,9}(?:\.\d+)?)([smhdw])$/.exec(text) ?? []
  return figure === undefined ? undefined : now - Number(figure) * unitMs[unit!]!
}

function calendarTime(text: string): Ms | undefined {
  const found = written.exec(text)
  if (found === null) return undefined
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map((part) => Number(part ?? 0)) as Six
  const ms = Number((found[7] ?? '').padEnd(3, '0'))
  const atUtc = Date.UTC(year, month - 1, day, hour, minute, second, ms)
  // A day or an hour that does not exist would be moved to one that does.
  if (new Date(atUtc).toISOString().slice(0, 19) !== iso([year, month, day, hour, minute, second]))
    return undefined
  if (found[8] !== undefined) return atUtc
  if (found[9] === undefined) return new Date(year, month - 1, day, hour, minute, second, ms).getTime()
  const offset = (Number(found[10]) * 60 + Number(found[11])) * 60_000
  return found[9] === '+' ? atUtc - offset : atUtc + offset
}

type Six = [number, number, number, number, number, number]

function iso([year, month, day, hour, minute, second]: Six): string {
  const [y, ...others] = [year, month, day, hour, minute, second].map((part) => String(part).padStart(2, '0'))
  const [mo, d, h, mi, s] = others
  return `${y!.padStart(4, '0')}-${mo}-${d}T${h}:${mi}:${s}`
}
