import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import type { DatabaseConnector } from '../../src/connectors/database/index.ts'
import { envelope, openStore, request, tempFile } from './database-store.ts'

/** As a worker does: again while the error is one that passes. */
async function persistently<T>(store: DatabaseConnector, attempt: () => Promise<T>): Promise<T> {
  for (let errors = 0; ; errors++) {
    try {
      return await attempt()
    } catch (error) {
      expect(error).toMatchObject({ code: 'MOVED' })
      expect(store.isTransient(error)).toBe(true)
      expect(errors).toBeLessThan(2)
    }
  }
}

test('a worker that waits notices that the file was deleted, and serves the one made in its place', async () => {
  const file = tempFile()
  const worker = await openStore(file)
  await worker.push([envelope('q', '"gone with the file"')])
  await worker.reserve(request('q'))
  const waiting = worker.wait(['q'], 60_000, new AbortController().signal)
  rmSync(dirname(file), { recursive: true })
  await expect(waiting).rejects.toMatchObject({ code: 'MOVED' })
  const producer = await openStore(file)
  await producer.push([envelope('q', '"in the new file"')])
  const [reservation] = await persistently(worker, () => worker.reserve(request('q')))
  expect(reservation).toMatchObject({ body: '"in the new file"' })
})

test('a push into a deleted file is refused, not lost; the next one makes file, folder and tables again', async () => {
  const file = tempFile()
  const store = await openStore(file)
  await store.push([envelope('q')])
  rmSync(dirname(file), { recursive: true })
  await expect(store.push([envelope('q')])).rejects.toMatchObject({ code: 'MOVED' })
  await persistently(store, () => store.push([envelope('q', '"kept"')]))
  expect(await (await openStore(file)).reserve(request('q'))).toMatchObject([{ body: '"kept"' }])
})
