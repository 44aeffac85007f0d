import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import {
  DatabaseConnector,
  type DatabaseConnectorOptions,
  databaseConnector,
} from '../../src/connectors/database/index.ts'
import type { Envelope, Reservation, Settlement } from '../../src/contract/connector.ts'

/** The file of the running test alone; gone when it ends. */
export function tempFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'thinkq-store-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'queue.sqlite')
}

/** An open connector on that file, closed when the test ends. */
export async function openStore(
  file: string,
  options: DatabaseConnectorOptions = {},
  connection = 'main',
): Promise<DatabaseConnector> {
  const connector = await databaseConnector({ dsn: `sqlite:${file}`, ...options }, { connection, root: '/' })
  if (!(connector instanceof DatabaseConnector)) throw new Error('not the database connector')
  onTestFinished(() => connector.close())
  await connector.open()
  return connector
}

export function envelope(queue: string, body = '{"job":"J","data":""}', delayMs = 0): Envelope {
  return { id: 'tq', queue, job: 'J', body, delayMs }
}

export function deletion(reservation: Reservation): Settlement {
  return { kind: 'delete', reservation }
}

export function request(queue: string, now?: number, limit = 10) {
  return { queues: [queue], limit, expireMs: 60_000, ...(now === undefined ? {} : { now }) }
}

/** How long it took, in ms. */
export async function elapsed(work: Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work
  return performance.now() - begun
}
