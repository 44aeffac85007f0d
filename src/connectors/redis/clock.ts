import type { Ms } from '../../contract/time.ts'

const tolerableMs: Ms = 2_000
/** Later than that the time since this process began may no longer say what time it is: machines are suspended, clocks are set. */
const trustedMs: Ms = 60_000

/**
 * What to tell of a server's clock (`server_time_usec` of INFO) that is not this machine's. Nothing of ours depends on it, but
 * PHP workers count by their own host's, which is most often this one.
 */
export function clockWarning(serverMicros: string | undefined, place: string): string | undefined {
  const serverMs = Number(serverMicros) / 1_000
  const aheadMs = performance.timeOrigin + performance.now() - serverMs
  if (performance.now() > trustedMs || !(Math.abs(aheadMs) > tolerableMs)) return undefined
  const seconds = Math.round(Math.abs(aheadMs) / 1_000)
  return `this machine's clock is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} that of Redis at ${place}: thinkq keeps to Redis's, but PHP workers on this machine take delayed and expired jobs by its own`
}
