import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { createDatabase } from 'thinkq/database'

/** The MySQL that the environment names: by QUEUE_DSN with the jobs in it, by DATABASE_URL with the jobs in Redis. */
export function mysqlOf(env: NodeJS.ProcessEnv): string | undefined {
  const { QUEUE_CONNECTOR = '', QUEUE_DSN, DATABASE_URL } = env
  const named = { database: QUEUE_DSN, redis: QUEUE_DSN || DATABASE_URL }[QUEUE_CONNECTOR.toLowerCase()]
  return /^(mysql|mariadb):/i.test(named ?? '') ? named : undefined
}

/** Makes a database of the demo's own on that server, and answers its URL. */
export async function createOwnDatabase(server: string): Promise<string> {
  const name = `thinkq_demo_${randomBytes(6).toString('hex')}`
  const database = createDatabase(server)
  try {
    await database.execute(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`)
  } finally {
    await database.close()
  }
  const url = new URL(server)
  url.pathname = `/${name}`
  return String(url)
}

/** Removes the demo's database: a process of its own does it, since an `exit` listener cannot wait. */
export function dropOwnDatabase(): void {
  const script = fileURLToPath(new URL('./drop-database.js', import.meta.url))
  const { status } = spawnSync(process.execPath, [script], { stdio: 'ignore', timeout: 20_000 })
  if (status !== 0) process.stderr.write(`The database ${databaseName()} may be left in MySQL\n`)
}

export function databaseName(): string {
  return new URL(process.env.DATABASE_URL ?? '').pathname.slice(1)
}
