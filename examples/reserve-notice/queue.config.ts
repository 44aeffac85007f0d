import { defineConfig } from 'thinkq'
import { databaseUrl } from './settings.ts'

export default defineConfig({
  // QUEUE_CONNECTOR=redis QUEUE_REDIS_URL=redis://127.0.0.1:6379 keep the jobs in Redis instead; the rest stays in the database.
  connector: 'database',
  dsn: databaseUrl,
  jobs: './jobs',
  // What a killed worker was running runs again after so many seconds. A living worker renews the lease of a long job, so this
  // need not cover it. 5 instead of the usual 60 lets the demo show the recovery from kill -9 while you watch.
  expire: 5,
  worker: {
    tries: 5, // deliveries before a job is buried; one cut short by a killed worker counts
    backoff: [1, 2, 4], // seconds before the next try
    timeout: 30, // longest run of one job, in seconds
  },
})
