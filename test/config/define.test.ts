import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'
import { defineConfig } from '../../src/config/define.ts'
import { folderWith } from './folder.ts'

it('answers what it is given, and its type knows every key', () => {
  const config = { connector: 'Redis', worker: { tries: 3, backoff: [1, 2] }, on: { 'job:failed': () => {} } }
  expect(defineConfig(config)).toBe(config)
  // @ts-expect-error the key is "tries"
  defineConfig({ worker: { tires: 3 } })
  // @ts-expect-error a port is a number
  defineConfig({ port: '6379' })
  defineConfig({ on: { 'job:error': ({ error, willRetry }) => [error.message, willRetry] } })
})

it('needs no zod to run', async () => {
  const folder = folderWith({ 'package.json': '{ "type": "module" }' })
  const dist = fileURLToPath(new URL('../../dist/config', import.meta.url))
  for (const name of ['define.js', 'functions.js', 'worker-schema.js', 'schema.js'])
    cpSync(join(dist, name), join(folder, name))
  for (const name of ['define.js', 'functions.js', 'worker-schema.js', 'schema.js'])
    await expect(import(pathToFileURL(join(folder, name)).href)).resolves.toBeDefined()
})
