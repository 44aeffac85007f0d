import type * as zod from 'zod'
import type { Backoff } from '../contract/job.ts'
import type { Zod } from './functions.ts'

/** A year: longer is a mistake, and timers could not hold it. */
export const maxSeconds = 365 * 24 * 3600

/** More processes on one machine are a mistake. */
export const mostProcesses = 1_000

/** `worker` of the configuration. */
export function workerShape(z: Zod) {
  return z.strictObject({
    ...workerKeys(z),
    processes: processes(z)
      .optional()
      .describe(
        'Worker processes that one queue work --daemon keeps going. Default 1; with pools, the most of all pools together',
      ),
    pools: z
      .record(z.string(), poolShape(z))
      .optional()
      .describe('Workers by the queues they serve, all run by one queue work --daemon without --queue'),
    balance: z
      .strictObject({
        every: positive(z)
          .optional()
          .describe('Seconds between two looks at the queues, each of which changes one pool. Default 3'),
        cooldown: seconds(z)
          .optional()
          .describe('Seconds for which a worker must have been one too many before it is ended. Default 15'),
      })
      .optional()
      .describe('How the pools follow what waits in their queues'),
    http: z
      .union([
        listen(z),
        z.strictObject({
          listen: listen(z).optional(),
          token: z.string().min(1).optional().describe('What readers have to send as a bearer token'),
        }),
      ])
      .optional()
      .describe(
        'Where queue work --daemon serves /healthz, /readyz and /metrics: "127.0.0.1:9464", or { listen, token }. Default: nowhere',
      ),
  })
}

/** One entry of `pools`. */
function poolShape(z: Zod) {
  return z.strictObject({
    queues: z.array(z.string().min(1)).min(1).describe('The queues, in order of preference'),
    min: processes(z).optional().describe('The fewest processes. Default 1'),
    max: processes(z).optional().describe('The most processes. Default: min'),
    ...workerKeys(z),
  })
}

function workerKeys(z: Zod) {
  const count = (least: number) => z.int().min(least).optional()
  return {
    tries: count(0).describe('Deliveries before a job is buried; 0 (default): for ever'),
    timeout: seconds(z).optional().describe('Seconds one run may take; 0: no limit. Default 60'),
    backoff: backoff(z)
      .optional()
      .describe('Seconds before the next try: one figure, a list, or "exponential"'),
    delay: seconds(z).optional().describe('Seconds before the next try when there is no backoff. Default 0'),
    memory: count(0).describe('MB of used heap and external memory; 0: no limit. Default 128'),
    sleep: seconds(z).optional().describe('Longest wait in seconds when nothing is there. Default 3'),
    grace: seconds(z).optional().describe('Seconds for running jobs after a stop signal. Default: timeout'),
    rest: seconds(z).optional().describe('Seconds to rest between jobs. Default 0'),
    concurrency: count(1).describe('Jobs at once in one process. Default 1'),
    isolate: z
      .enum(['thread', 'process'])
      .optional()
      .describe('Where jobs run that say nothing themselves: beside the worker. Default: in it'),
    prefetch: count(0).describe(
      'Most jobs reserved ahead while jobs are quick; 0: none. Default: on Redis and MySQL as many as suit the concurrency (Redis: none at concurrency 1), else 0',
    ),
  }
}

function listen(z: Zod) {
  return z.string().min(1).describe('Host and port; a host that others can reach needs a token')
}

function processes(z: Zod) {
  return z.int().min(1).max(mostProcesses)
}

export function seconds(z: Zod) {
  return z.number().min(0).max(maxSeconds)
}

export function positive(z: Zod) {
  return z.number().min(0.001).max(maxSeconds)
}

function backoff(z: Zod): zod.ZodType<Backoff, Backoff> {
  return z.union([z.literal('exponential'), seconds(z), z.array(seconds(z)).min(1)])
}
