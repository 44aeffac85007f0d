import { readFile, writeFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { configShape } from '../../src/config/schema.ts'

/** What editors are given; listeners have no place in JSON. */
function configSchema() {
  const shape = configShape(z).omit({ on: true, middleware: true, infrastructure: true })
  return { ...z.toJSONSchema(shape, { io: 'input' }), title: 'Configuration of thinkq' }
}

const file = new URL('../../config/queue.schema.json', import.meta.url)

it('the committed JSON schema is the one the code makes (UPDATE_SCHEMA=1 writes it anew)', async () => {
  const made = configSchema()
  if (process.env.UPDATE_SCHEMA === '1') await writeFile(file, JSON.stringify(made, null, 2))
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(made)
})

it('the JSON schema describes every key and leaves out listeners, which JSON has none of', async () => {
  const { properties } = configSchema() as {
    properties: Record<string, { description?: string }>
  }
  expect(Object.keys(properties)).toEqual(
    expect.arrayContaining(['connector', 'worker', 'connections', 'jobs']),
  )
  expect(properties.on).toBeUndefined()
  for (const [key, { description }] of Object.entries(properties)) expect(description, key).toBeTruthy()
})
