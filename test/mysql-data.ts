import { execFile, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

export const binary = process.env.QUEUE_TEST_MYSQL_SERVER ?? 'mariadbd'
export const hint =
  'The tests of MySQL need a mariadbd: apt-get install mariadb-server, or name a server in QUEUE_TEST_MYSQL_URL'

const run = promisify(execFile)
const logSize = '8M'
const asRoot = process.getuid?.() === 0 ? ['--user=root'] : []
const found = spawnSync(binary, ['--version'], { encoding: 'utf8' })
const isMariaDb = (found.stdout ?? '').includes('MariaDB')

/** What the server is told both when its data is made and when it runs on them. */
export const commonFlags = [
  '--no-defaults',
  ...asRoot,
  ...['--skip-name-resolve', '--innodb-use-native-aio=0'],
  isMariaDb ? `--innodb-log-file-size=${logSize}` : '--innodb-redo-log-capacity=32M',
  ...(isMariaDb
    ? []
    : ['--mysqlx=OFF', '--event-scheduler=OFF', '--secure-file-priv=NULL', '--explain-format=TRADITIONAL']),
]

/** A table of the numbers from 1 on, in a column `seq`, as MariaDB and MySQL both make it. */
export function numbersTo(count: number): string {
  return `JSON_TABLE(CONCAT('[0', REPEAT(',0', ${count - 1}), ']'), '$[*]' COLUMNS (seq FOR ORDINALITY)) numbers`
}

/** A fresh data directory, made once on this machine for each version of the server, and copied from then on. */
export async function dataTemplate(): Promise<string> {
  if (found.error) throw new Error(`cannot start ${binary}: ${found.error.message}\n${hint}`)
  const key = createHash('sha256').update(`${found.stdout} ${logSize} ${process.getuid?.()}`).digest('hex')
  const template = join(tmpdir(), `thinkq-mysql-template-${key.slice(0, 12)}`)
  if (existsSync(template)) return template
  const made = mkdtempSync(join(tmpdir(), 'thinkq-mysql-making-'))
  await (isMariaDb ? installMariaDb(made) : installMysql(made))
  try {
    renameSync(made, template)
  } catch {
    rmSync(made, { recursive: true, force: true }) // Another process was faster.
  }
  return template
}

async function installMariaDb(folder: string): Promise<void> {
  const plain = ['--auth-root-authentication-method=normal', '--skip-test-db', `--datadir=${folder}`]
  await run('mariadb-install-db', [...commonFlags, ...plain])
}

/** MySQL makes `root` for the name localhost alone, which a server that resolves no names never sees. */
async function installMysql(folder: string): Promise<void> {
  const first = `${folder}.sql`
  writeFileSync(
    first,
    "CREATE USER root@'%' IDENTIFIED BY '';\nGRANT ALL ON *.* TO root@'%' WITH GRANT OPTION;\n",
  )
  try {
    await run(binary, [
      ...commonFlags,
      '--initialize-insecure',
      `--init-file=${first}`,
      `--datadir=${folder}`,
    ])
  } finally {
    rmSync(first)
  }
}
