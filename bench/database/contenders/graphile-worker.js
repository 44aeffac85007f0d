import { setTimeout as sleep } from 'node:timers/promises'
import { peer } from '../../side-by-side/peers.js'

const task = 'count'
const notNow = 'the measurement is over'

async function quiet() {
  const { Logger } = await peer('graphile-worker')
  return new Logger(() => (level, message) => {
    if (level === 'error' && !message.includes(notNow)) console.error('graphile-worker:', message)
  })
}

/** `addJobs` is the documented way to add many. */
export async function producer({ url }) {
  const { makeWorkerUtils } = await peer('graphile-worker')
  const utils = await makeWorkerUtils({ connectionString: url, logger: await quiet() })
  await utils.migrate()
  return {
    push: (data) => utils.addJob(task, data),
    bulk: (many) => utils.addJobs(many.map((payload) => ({ identifier: task, payload }))),
    left: async () => {
      const sql = 'SELECT count(*)::int AS count FROM graphile_worker.jobs'
      const { rows } = await utils.withPgClient((client) => client.query(sql))
      return rows[0].count
    },
    close: () => utils.release(),
  }
}

/**
 * It does not wait for the completions it has sent when it is told to stop. So jobs that start after the end of the measurement
 * are kept until those have arrived, and then fail without having run.
 */
function gateOf(run) {
  let closing
  return {
    task: async (data) => (closing === undefined ? run(data) : closing),
    async close(stop) {
      let reject
      closing = new Promise((_, refuse) => {
        reject = refuse
      })
      closing.catch(() => {})
      await sleep(300)
      const stopped = stop()
      reject(new Error(notNow))
      await stopped
    },
  }
}

async function workerOf({ url, concurrency, run }, settings = {}) {
  const { run: start } = await peer('graphile-worker')
  const logger = await quiet()
  const gate = gateOf(run)
  let runner
  return {
    start: () => {
      runner = start({
        ...{ connectionString: url, concurrency, logger, noHandleSignals: true },
        taskList: { [task]: gate.task },
        preset: { worker: settings },
      })
    },
    close: () =>
      gate.close(async () => {
        const made = await runner
        await made.stop()
        await made.promise
      }),
  }
}

/** As it is without options. */
export function worker(options) {
  return workerOf(options)
}

/** As its page on performance and its own performance test have it: a local queue, and completions that travel together. */
export function batching(size) {
  const settings = {
    localQueue: { size, refetchDelay: { durationMs: 10 } },
    completeJobBatchDelay: 0,
    failJobBatchDelay: 0,
  }
  return { producer, worker: (options) => workerOf(options, settings) }
}
