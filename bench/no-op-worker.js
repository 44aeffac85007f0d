import { Emitter } from '../dist/emitter.js'
import { systemClock } from '../dist/process/clock.js'
import { processMemory } from '../dist/process/memory.js'
import { Worker } from '../dist/worker/worker.js'

/** The shipped worker with its leases, tries, time-outs and limits on, and one job that does nothing but count. */
export function noOpWorker(connector, concurrency, count) {
  const run = async (data) => count(data)
  const entry = {
    name: 'NoOp',
    file: '',
    kind: 'function',
    open: () => ({ run: (_, data) => run(data), failed: undefined }),
  }
  return new Worker({
    connector,
    registry: { resolve: () => entry, entries: [entry] },
    emitter: new Emitter(),
    clock: systemClock,
    memory: processMemory,
    keepFailedMs: null,
    options: {
      queues: ['default'],
      concurrency,
      expireMs: 60_000,
      tries: 3,
      timeoutMs: 60_000,
      backoffMs: () => 0,
      backoffOf: () => 0,
      sleepMs: 3_000,
      graceMs: 1_000,
      restMs: 0,
      memoryBytes: 2 ** 40,
      maxJobs: Number.POSITIVE_INFINITY,
      maxTimeMs: Number.POSITIVE_INFINITY,
      stopWhenEmpty: true,
      once: false,
      force: false,
      autoDelete: false,
      unknownJob: 'bury',
      bigNumbers: 'bigint',
      maxPayload: 1024 * 1024,
    },
  })
}

export function envelopes(from, to) {
  const batch = []
  for (let n = from; n < to; n++) {
    batch.push({
      id: String(n),
      queue: 'default',
      job: 'NoOp',
      body: `{"job":"NoOp","data":{"n":${n}}}`,
      delayMs: 0,
    })
  }
  return batch
}

/** Throws unless every job ran once: a figure for lost or doubled jobs is worth nothing. */
export function assertEach(seen, jobs) {
  if (seen.size !== jobs.distinct || jobs.ran !== jobs.distinct) {
    throw new Error(`of ${jobs.distinct} jobs ${seen.size} ran, in ${jobs.ran} runs`)
  }
}
