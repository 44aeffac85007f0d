import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of this application: relative paths start here. */
export const root = dirname(fileURLToPath(import.meta.url))

/** Orders, reservations and jobs share one database, a SQLite file or a MySQL, so that a push can be part of a transaction. */
export const databaseUrl = process.env.QUEUE_DSN || 'sqlite:./.queue/reserve-notice.sqlite'

export const onMysql = /^(mysql|mariadb):/i.test(databaseUrl)

/** False when QUEUE_CONNECTOR keeps the jobs elsewhere, in Redis: then no push can be part of a transaction. */
export const jobsShareDatabase = /^(database)?$/i.test(process.env.QUEUE_CONNECTOR ?? '')

/** Where template messages are sent, and the token that allows it. */
export const officialAccount = {
  baseUrl: process.env.OFFICIAL_ACCOUNT_URL || 'https://api.weixin.qq.com',
  accessToken: process.env.OFFICIAL_ACCOUNT_TOKEN || '',
}
