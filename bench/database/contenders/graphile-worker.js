import { peer } from '../../side-by-side/peers.js'

const task = 'count'

async function quiet() {
  const { Logger } = await peer('graphile-worker')
  return new Logger(() => (level, message) => {
    if (level === 'error') console.error('graphile-worker:', message)
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

async function workerOf({ url, concurrency, run }, settings = {}) {
  const { run: start } = await peer('graphile-worker')
  const logger = await quiet()
  let runner
  return {
    start: async () => {
      runner = start({
        ...{ connectionString: url, concurrency, logger, noHandleSignals: true },
        taskList: { [task]: async (data) => run(data) },
        preset: { worker: settings },
      })
    },
    close: async () => (await runner).stop(),
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
