import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, it } from 'vitest'
import { databaseConnector } from '../../src/connectors/database/index.ts'
import type { PullConnector } from '../../src/contract/connector.ts'
import { describeConformance } from '../../src/testing/conformance/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'thinkq-conformance-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const files = new WeakMap<PullConnector, string>()
let made = 0

async function connect(file: string): Promise<PullConnector> {
  const connector = await databaseConnector({ dsn: file }, { connection: 'conformance', root: folder })
  const pull = connector as PullConnector
  files.set(pull, file)
  await pull.open()
  return pull
}

describeConformance({ describe, it }, 'the database connector on SQLite meets the contract', {
  create: () => connect(`sqlite:./queue-${++made}.sqlite`),
  second: (first) => connect(files.get(first)!),
})
