import type { WorkerReport } from '../../contract/report.ts'
import type { Answer } from './server.ts'

const type = 'application/json; charset=utf-8'

/** Whether any worker wants jobs and the store has not answered it for longer than its bound. None that runs is none that is ill. */
export function healthOf(workers: readonly WorkerReport[]): Answer {
  const isWell = workers.every(({ health }) => health.hungryMs <= health.boundMs)
  const known = workers.map(({ health }) => health.reservedMs).filter((ageMs) => ageMs !== null)
  return json(isWell ? 200 : 503, {
    status: isWell ? 'ok' : 'the store does not answer',
    lastReserveMs: known.length === 0 ? null : whole(Math.max(...known)),
    workers: workers.map(shown),
  })
}

/** Whether any worker takes jobs. */
export function readinessOf(workers: readonly WorkerReport[]): Answer {
  const isReady = workers.some(({ health }) => health.takesJobs)
  return json(isReady ? 200 : 503, {
    status: isReady ? 'ready' : 'no worker takes jobs',
    workers: workers.map(shown),
  })
}

function shown({ health, running, paused }: WorkerReport) {
  const { takesJobs, reservedMs, hungryMs, boundMs } = health
  return {
    takesJobs,
    running: Object.values(running).reduce((sum, count) => sum + count, 0),
    paused,
    lastReserveMs: reservedMs === null ? null : whole(reservedMs),
    hungryMs: whole(hungryMs),
    boundMs,
  }
}

function whole(ms: number): number {
  return Math.round(ms)
}

function json(status: number, value: unknown): Answer {
  return { status, type, text: `${JSON.stringify(value)}\n` }
}
