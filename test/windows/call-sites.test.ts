import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Executed, type Site } from './executed.ts'
import { courseOf, groundsOn, stores } from './grounds.ts'
import { operationsOn } from './operations.ts'

process.env.QUEUE_SQLITE_DRIVER = 'libsql'

const folders = ['connectors/redis', 'connectors/database', 'database/effects', 'outbox']
/** Where a request to a store is made. */
const requests =
  /(?:(?:\b|#)(?:link|main|restart)\s*\.(?:run|perform|send|sendWhole|sendBuffer)|\b(?:tx|executor|database|beside)\s*\.(?:query|execute|defer))\(/g

/** Requests at which no window is tried, by what their lines contain, and why. */
const beyond: readonly (readonly [why: string, ...lines: readonly string[]])[] = [
  [
    'they look, and change nothing',
    ...[
      'PRAGMA data_version',
      '"TIME"',
      'link.send("ZRANGE"',
      'link.sendBuffer("ZRANGE"',
      '"EXISTS"',
      '"ZMSCORE"',
    ],
    ...['database.query(seesAll)', 'link.send("CLIENT"'],
    ...['const queues = await link.send("SMEMBERS"', 'SELECT connection, COUNT(*)', 'SELECT mark FROM'],
  ],
  [
    'they remove what is too old, now and then; when that fails it waits for the next time',
    ...['this.#sql.old', 'this.#sql.forget', 'LIMIT 100', '[at, name]', '[name, at]'],
  ],
  [
    'they find out what became of a request whose answer was lost: the cuts send them',
    ...['(name, value, created_at) VALUES (?, ?, UNIX_TIMESTAMP())'],
    ...['tx.query(sql, [slot])', 'link.perform(call())', 'link.send("SET"', 'notedScript'],
    'receiptsOf(await executor.query(`SELECT id, attempts',
  ],
  ['a wait that catches has tests of its own, in catching-cut.test.ts', 'catchScript'],
  [
    'servers and tables that lack something: MySQL answers nothing of what it deletes, PHP made no index',
    ...['const [found] = await Promise.all', '.freeRow)'],
  ],
  [
    'signals, which every worker reads again within a second',
    ...['link.send(subscribe', '"GET"', 'restartScript', '"PUBLISH"', '"MGET"'],
  ],
  ['what a stranger wrote is put back as it was', 'restoreScript'],
  [
    'tables are made before anything is in them',
    ...['information_schema.tables', 'database.execute(sql)', 'execute(statement)'],
  ],
]

function isBeyond({ line }: Site): boolean {
  return beyond.some(([, ...lines]) => lines.some((part) => line.includes(part)))
}

async function loadAll(folder: string): Promise<void> {
  const path = new URL(`../../src/${folder}/`, import.meta.url).pathname
  for (const entry of readdirSync(path, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) await import(join(entry.parentPath, entry.name))
}

test('every request of the code is one that the windows are tried at, or is known to be none of theirs', async () => {
  const executed = new Executed()
  await executed.begin()
  for (const folder of folders) await loadAll(folder)
  for (const store of stores) {
    const grounds = await groundsOn(store)
    for (const { name } of operationsOn(store)) await courseOf(grounds, name)
    await grounds.stop()
  }
  const sites = await executed.sites(new RegExp(`^(?:${folders.join('|')})/`), requests)
  executed.end()
  expect(sites.length).toBeGreaterThan(100)
  const known = beyond.flatMap(([, ...lines]) => lines)
  expect(known.filter((part) => !sites.some(({ line }) => line.includes(part)))).toEqual([])
  const missed = sites.filter((site) => !site.wasRun && !isBeyond(site))
  expect(missed.map(({ file, line }) => `${file}: ${line}`)).toEqual([])
}, 60_000)
