import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { defineConfig } from '../../src/config/define.ts'

it('answers what it is given, and its type knows every key', () => {
  const config = { connector: 'Redis', worker: { tries: 3, backoff: [1, 2] }, on: { 'job:failed': () => {} } }
  expect(defineConfig(config)).toBe(config)
  // @ts-expect-error the key is "tries"
  defineConfig({ worker: { tires: 3 } })
  // @ts-expect-error a port is a number
  defineConfig({ port: '6379' })
  defineConfig({ on: { 'job:error': ({ error, willRetry }) => [error.message, willRetry] } })
})

it('needs no zod to run', () => {
  const loaded = new Set<string>()
  const load = (file: string) => {
    if (loaded.has(file)) return
    loaded.add(file)
    for (const [, path] of readFileSync(file, 'utf8').matchAll(/^(?:import|export) .*?"(\.[^"]+)";$/gm))
      load(resolve(dirname(file), path!))
  }
  load(fileURLToPath(new URL('../../dist/index.js', import.meta.url)))
  expect(loaded.size).toBeGreaterThan(3)
  expect([...loaded].filter((file) => /ZodType/.test(readFileSync(file, 'utf8')))).toEqual([])
})
