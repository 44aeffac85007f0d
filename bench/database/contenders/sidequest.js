import { fileURLToPath } from 'node:url'
import { peer } from '../../side-by-side/peers.js'

const jobsFile = new URL('./sidequest.jobs.js', import.meta.url)

/** By itself it would not wait for the disk at a commit. */
const durable = {
  afterCreate: (connection, done) => {
    connection.pragma('synchronous = FULL')
    done(null, connection)
  },
}

/** In this process, no thread for a job, and the shortest poll interval: the fastest its pages tell of. */
function settingsOf(url) {
  const isMysql = url.startsWith('mysql:')
  return {
    backend: {
      driver: isMysql ? '@sidequest/mysql-backend' : '@sidequest/sqlite-backend',
      config: isMysql ? url : { connection: { filename: url.slice('sqlite:'.length) }, pool: durable },
    },
    ...{ fork: false, runner: 'inline', jobPollingInterval: 1, gracefulShutdown: false },
    ...{ manualJobResolution: true, jobsFilePath: fileURLToPath(jobsFile) },
    logger: { level: 'error' },
  }
}

/** Loaded, and silent about all but errors. */
async function sidequest() {
  const { configureLogger } = await peer('@sidequest/core')
  configureLogger({ level: 'error', json: false })
  return (await peer('sidequest')).Sidequest
}

async function knexOf({ driver, config }) {
  const { default: Backend } = await peer(driver)
  return new Backend(config)
}

/** It has no call for many jobs: to fill a queue, rows are copied that it has written. */
export async function producer({ url }) {
  const Sidequest = await sidequest()
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
      const { id: _, ...found } = await jobs().where({ id }).first()
      const row = Object.fromEntries(Object.entries(found).map(([name, value]) => [name, asWritten(value)]))
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

/** Columns of JSON come parsed. */
function asWritten(value) {
  return typeof value === 'object' && value !== null && !(value instanceof Date)
    ? JSON.stringify(value)
    : value
}

export async function worker({ url, concurrency, run }) {
  const Sidequest = await sidequest()
  globalThis.sidequestBenchRun = run
  const queues = [{ name: 'default', concurrency }]
  await Sidequest.configure({
    ...settingsOf(url),
    ...{ queues, maxConcurrentJobs: concurrency, skipMigration: true },
  })
  return {
    start: () => Sidequest.start({ dashboard: { enabled: false } }),
    close: () => Sidequest.stop(),
  }
}
