import { defineConfig } from 'thinkq'
import { databaseUrl, jobsIn } from './settings.ts'

export default defineConfig({
  connection: jobsIn,
  connections: {
    // A push with `tx` is a row of the jobs table, in that transaction.
    database: { connector: 'database', dsn: databaseUrl },
    // A push with `tx` is a row of `queue_outbox` in the database above; when it has committed, the job moves to Redis.
    redis: { connector: 'redis', url: process.env.QUEUE_REDIS_URL || 'redis://127.0.0.1:6379' },
  },
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
