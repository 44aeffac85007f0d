import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createOwnDatabase, databaseName, dropOwnDatabase, mysqlOf } from './mysql.ts'
import { redisSettings, removeKeys } from './redis.ts'

const usage = `npm run demo [-- --keep]

  --keep   leave the folder with the database, the stand-in's ledger and the worker's log

With QUEUE_CONNECTOR=redis and QUEUE_REDIS_URL=redis://127.0.0.1:6379 the jobs are kept in that Redis, under a prefix of their own;
with DATABASE_URL=mysql://root@127.0.0.1/test besides, all but the jobs is kept in that MySQL, in a database of its own.
With QUEUE_CONNECTOR=database and QUEUE_DSN=mysql://root@127.0.0.1/test everything is kept in that MySQL, in a database of its own.
`

/** The demo from an empty folder to its last line. Answers the exit code: 1 when a notice was lost or the demo broke off. */
export async function main(args: readonly string[]): Promise<number> {
  if (args.some((arg) => arg !== '--keep')) {
    process.stdout.write(usage)
    return args.includes('--help') || args.includes('-h') ? 0 : 2
  }
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'thinkq-reserve-notice-')))
  endOnSignals()
  if (!args.includes('--keep'))
    process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }))
  const mysql = mysqlOf(process.env)
  useOwnSettings(folder)
  const { QUEUE_PREFIX } = process.env
  if (QUEUE_PREFIX !== undefined && !args.includes('--keep')) process.once('exit', removeKeys)
  try {
    if (mysql !== undefined) await useMysql(mysql, args.includes('--keep'))
    // Imported only now: the application reads its settings from the environment when it is loaded.
    const { tell } = await import('./story.ts')
    const tally = await tell(folder)
    if (args.includes('--keep')) process.stdout.write(`\n${kept(folder)}\n`)
    process.stdout.write(`${JSON.stringify(tally)}\n`)
    return tally.lost === 0 ? 0 : 1
  } catch (error) {
    process.stderr.write(`\nThe demo broke off: ${error instanceof Error ? error.stack : error}\n`)
    process.exit(1) // what it was waiting for would keep the process alive
  }
}

function kept(folder: string): string {
  const { QUEUE_PREFIX, DATABASE_URL = '' } = process.env
  const inRedis = QUEUE_PREFIX === undefined ? '' : `, and in Redis what begins with ${QUEUE_PREFIX}`
  const inMysql = DATABASE_URL.startsWith('sqlite:') ? '' : `, and in MySQL the database ${databaseName()}`
  return `Kept in ${folder}${inRedis}${inMysql}`
}

/** A database of this run's own, removed at the end. */
async function useMysql(server: string, isKept: boolean): Promise<void> {
  process.env.DATABASE_URL = await createOwnDatabase(server)
  if (!isKept) process.once('exit', dropOwnDatabase)
}

/** An ordinary exit, so that whatever was started is ended and whatever was made is removed. */
function endOnSignals(): void {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)
    process.once(signal, () => process.exit(code))
  process.stdout.once('error', () => process.exit(1)) // nobody reads on: `npm run demo | head`
}

/** This demo's own settings and no others, but where Redis is: the queue's are looked for upward from the working directory. */
function useOwnSettings(folder: string): void {
  const redis = redisSettings(process.env)
  for (const name of Object.keys(process.env))
    if (/^QUEUE_/.test(name) && name !== 'QUEUE_SQLITE_DRIVER') delete process.env[name]
  Object.assign(process.env, redis)
  process.env.DATABASE_URL = `sqlite:${join(folder, 'reserve-notice.sqlite')}`
  process.chdir(fileURLToPath(new URL('..', import.meta.url)))
}
