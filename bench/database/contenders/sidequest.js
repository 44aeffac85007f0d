import { fileURLToPath } from 'node:url'
import { peer } from '../../side-by-side/peers.js'

const jobsFile = new URL('./sidequest.jobs.js', import.meta.url)

/** In this process, no thread for a job, and the shortest poll interval: the fastest its pages tell of. */
function settingsOf(url) {
  const isMysql = url.startsWith('mysql:')
  return {
    backend: {
      driver: isMysql ? '@sidequest/mysql-backend' : '@sidequest/sqlite-backend',
      config: isMysql ? url : url.slice('sqlite:'.length),
    },
    ...{ fork: false, runner: 'inline', jobPollingInterval: 1, gracefulShutdown: false },
    ...{ manualJobResolution: true, jobsFilePath: fileURLToPath(jobsFile) },
    logger: { level: 'error' },
    dashboard: { enabled: false },
  }
}

async function knexOf({ driver, config }) {
  const { default: Backend } = await peer(driver)
  return new Backend(config)
}

/** It has no call for many jobs: to fill a queue, rows are copied that it has written. */
export async function producer({ url }) {
  const { Sidequest } = await peer('sidequest')
  const { Count } = await import(jobsFile)
  const settings = settingsOf(url)
  await Sidequest.configure(settings)
  const backend = await knexOf(settings.backend)
  const jobs = () => backend.knex('sidequest_jobs')
  const push = (data) => Sidequest.build(Count).enqueue(data)
  return {
    push,
    fill: async ([first, ...others]) => {
      const { id } = await push(first)
      const { id: _, ...row } = await jobs().where({ id }).first()
      if (others.length === 0) return
      const rows = others.map((data) => ({ ...row, args: JSON.stringify([data]) }))
      await backend.knex.batchInsert('sidequest_jobs', rows, 25)
    },
    left: async () => {
      const [{ count }] = await jobs().whereNot({ state: 'completed' }).count({ count: '*' })
      return Number(count)
    },
    close: async () => {
      await backend.close()
      await Sidequest.getBackend().close()
    },
  }
}

export async function worker({ url, concurrency, run }) {
  const { Sidequest } = await peer('sidequest')
  globalThis.sidequestBenchRun = run
  const queues = [{ name: 'default', concurrency }]
  return {
    start: () =>
      Sidequest.start({
        ...settingsOf(url),
        ...{ queues, maxConcurrentJobs: concurrency, skipMigration: true },
      }),
    close: () => Sidequest.stop(),
  }
}
