import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of this application: relative paths start here. */
export const root = dirname(fileURLToPath(import.meta.url))

/** Orders and reservations: a SQLite file or a MySQL. */
export const databaseUrl =
  process.env.QUEUE_DSN || process.env.DATABASE_URL || 'sqlite:./.queue/reserve-notice.sqlite'

export const onMysql = /^(mysql|mariadb):/i.test(databaseUrl)

/** Where the jobs are kept: 'database', beside the orders, or 'redis'. */
export const jobsIn = (process.env.QUEUE_CONNECTOR || 'database').toLowerCase()

/** Where template messages are sent, and the token that allows it. */
export const officialAccount = {
  baseUrl: process.env.OFFICIAL_ACCOUNT_URL || 'https://api.weixin.qq.com',
  accessToken: process.env.OFFICIAL_ACCOUNT_TOKEN || '',
}
