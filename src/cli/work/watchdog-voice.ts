import type { Ms } from '../../contract/time.ts'
import { systemClock } from '../../process/clock.ts'
import { createLog, type Log, type LogOptions } from '../../process/log.ts'
import type { SeenJob } from '../../watchdog/shared-view.ts'
import type { Stall } from '../../watchdog/watchdog.ts'
import { duration, oneLine, shortened, stamp, styleOf } from '../output.ts'
import { longestName } from './job-records.ts'
import { blockedText, blocksText } from './stall-texts.ts'

/** How the worker's log looks, in what can be handed to a thread. */
export type VoiceData = Pick<LogOptions, 'style' | 'colors' | 'level' | 'fields'>

const comeBack = 'the jobs in hand come back when their leases end'

/** What the watchdog says, in the worker's own log. */
export class WatchdogVoice {
  readonly #log: Log

  constructor(data: VoiceData, write: (line: string) => void) {
    const { grey } = styleOf(data.colors)
    this.#log = createLog({ ...data, time: () => `  ${grey(stamp(new Date(systemClock.wall())))}`, write })
  }

  blocked(stall: Stall): void {
    this.#log.warn(fieldsOf(stall), blocksText(named(stall), stall.blockedMs))
  }

  over(stall: Stall): void {
    this.#log.warn(fieldsOf(stall), blockedText(named(stall), stall.blockedMs))
  }

  failed(doing: string, error: unknown): void {
    const why = error instanceof Error ? error.message : String(error)
    this.#log.warn(oneLine(`while the process is blocked, the watchdog could not ${doing}: ${why}`))
  }

  overdue(isSettled: boolean): void {
    const fate = isSettled ? 'the jobs in hand were given back' : comeBack
    this.#log.error(`the worker did not end in time, since its process is blocked: it is killed; ${fate}`)
  }

  /** `retryMs`: when each is tried again; null: it was buried. */
  ended(stall: Stall, isSettled: boolean, retryMs: (job: SeenJob) => Ms | null): void {
    const [first] = stall.suspects
    const limit = duration(first?.timeoutMs ?? 0)
    const fate = first && isSettled ? fateOf(retryMs(first)) : comeBack
    this.#log.error(
      fieldsOf(stall),
      `${blockedText(named(stall), stall.blockedMs)}, beyond its time-out of ${limit}: the process is killed; ${fate}`,
    )
  }
}

function fateOf(retryMs: Ms | null): string {
  const next =
    retryMs === null
      ? 'it was buried'
      : `it is tried again ${retryMs > 0 ? `in ${duration(retryMs)}` : 'at once'}`
  return `${next}, and the others in hand were given back unspent`
}

function named({ suspects }: Stall): string {
  const names = suspects.map(({ name, reservation }) => `${shortened(name, longestName)} (${reservation.id})`)
  if (names.length === 0) return 'something'
  return oneLine(names.length === 1 ? names[0]! : `one of ${names.join(', ')}`)
}

function fieldsOf({ suspects, blockedMs }: Stall): Record<string, unknown> {
  const [job] = suspects
  const known =
    suspects.length === 1 && job
      ? { job: job.name, id: job.reservation.id, queue: job.reservation.queue }
      : {}
  return { ...known, blockedMs: Math.round(blockedMs) }
}
