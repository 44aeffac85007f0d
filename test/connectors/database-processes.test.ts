import { test } from 'vitest'
import { churn } from './churn.ts'
import { openStore, tempFile } from './database-store.ts'

test('eight processes at once surface no error, lose nothing and double nothing', {
  timeout: 120_000,
}, async () => {
  const file = tempFile()
  await churn(file, { processes: 8, each: 1_000 }, () => openStore(file))
})
