import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { databaseConnector } from '../dist/connectors/database/index.js'
import { schemaSql } from '../dist/connectors/database/schema/sqlite.js'
import { sqliteDriver, walIsSafe } from '../dist/database/sqlite/driver.js'
import { assertEach, envelopes, noOpWorker } from './no-op-worker.js'
import { pairs, row } from './pairs.js'

const batch = 100
const jobs = 20_000
const folder = mkdtempSync(join(tmpdir(), 'thinkq-bench-'))
let files = 0

/** Pushes of a hundred, and a worker of a hundred at once: each turn one durable commit. */
async function worker() {
  const dsn = `sqlite:${join(folder, `ours-${files++}.sqlite`)}`
  const connector = await databaseConnector({ dsn }, { connection: 'bench', root: folder })
  await connector.open()
  const seen = new Set()
  let ran = 0
  const began = performance.now()
  for (let from = 0; from < jobs; from += batch) await connector.push(envelopes(from, from + batch))
  await noOpWorker(connector, batch, ({ n }) => {
    ran++
    seen.add(n)
  }).run()
  const rate = (jobs / (performance.now() - began)) * 1_000
  await connector.close()
  assertEach(seen, { distinct: jobs, ran })
  return rate
}

/** Insert, claim and delete on the same driver, table and settings, a hundred rows a commit; delete and next claim share one. */
async function bareLoop() {
  const driver = await sqliteDriver()
  const connection = driver.connect(join(folder, `bare-${files++}.sqlite`))
  connection.exec(`PRAGMA journal_mode = ${walIsSafe(driver) ? 'WAL' : 'TRUNCATE'}`)
  connection.exec('PRAGMA synchronous = FULL')
  connection.exec(schemaSql('jobs', ''))
  const insert = connection.prepare(
    `INSERT INTO jobs (queue, payload, attempts, reserved, reserved_at, available_at, created_at)
     SELECT 'default', value, 0, 0, NULL, 1, 1 FROM json_each(?)`,
  )
  const due = connection.prepare(
    `SELECT id, payload FROM jobs WHERE queue = 'default' AND reserved = 0 AND available_at <= 1 ORDER BY available_at, id LIMIT ${batch}`,
  )
  const claim = connection.prepare(
    'UPDATE jobs SET reserved = 1, reserved_at = 1 WHERE id IN (SELECT value FROM json_each(?))',
  )
  const remove = connection.prepare('DELETE FROM jobs WHERE id IN (SELECT value FROM json_each(?))')
  const seen = new Set()
  let ran = 0
  const began = performance.now()
  for (let from = 0; from < jobs; from += batch) {
    connection.exec('BEGIN IMMEDIATE')
    insert.run([JSON.stringify(envelopes(from, from + batch).map(({ body }) => body))])
    connection.exec('COMMIT')
  }
  for (let done = '[]', left = true; left; ) {
    connection.exec('BEGIN IMMEDIATE')
    remove.run([done])
    const rows = due.all([])
    done = JSON.stringify(rows.map(({ id }) => Number(id)))
    claim.run([done])
    connection.exec('COMMIT')
    for (const { payload } of rows) {
      ran++
      seen.add(JSON.parse(payload).data.n)
    }
    left = rows.length > 0
  }
  const rate = (jobs / (performance.now() - began)) * 1_000
  connection.close()
  assertEach(seen, { distinct: jobs, ran })
  return rate
}

export async function embedded(rounds) {
  try {
    const { name, version } = await sqliteDriver()
    const counted = await pairs(rounds, worker, bareLoop)
    const title = `embedded store (${name}, SQLite ${version.join('.')}), batches of 100, durable commits: push + worker / bare insert + claim + delete loop`
    return row(title, 'jobs/s', counted, { ratio: 0.6 })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
