import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { configTemplate } from '../../src/config/template.ts'
import { folderWith } from './folder.ts'

const repository = fileURLToPath(new URL('../..', import.meta.url))

it('the configuration of this repository needs no server and runs the jobs of the example', async () => {
  const config = await loadConfig({ cwd: repository, env: {} })
  expect(config.file).toBe(join(repository, 'config', 'queue.config.ts'))
  expect(config.notices).toEqual([])
  expect(config.connections[config.connection]).toMatchObject({
    connector: 'database',
    options: { dsn: 'sqlite:./.queue/queue.sqlite' },
  })
  expect(config.jobs).toBe(join(repository, 'examples', 'reserve-notice', 'jobs'))
  expect(config.worker).toMatchObject({ tries: 3, backoff: 'exponential' })
})

it('a new project gets the same with the job folder of its own', async () => {
  const root = folderWith({ 'package.json': '{}' })
  writeFileSync(join(root, 'queue.config.ts'), await configTemplate('./tasks'))
  const config = await loadConfig({ cwd: root, env: {} })
  expect(config).toMatchObject({ jobs: join(root, 'tasks'), root, notices: [] })
  expect(config.worker.tries).toBe(3)
  expect(await configTemplate()).not.toContain('examples')
})

it('what the template has commented out is right too', async () => {
  const written = (await configTemplate()).replaceAll(/^( +)\/\/ (?=\w+: .*,( \/\/.*)?$)/gm, '$1')
  expect(written).toMatch(/^ {2}connections: \{/m)
  expect(written).toMatch(/^ {4}concurrency: 1,/m)
  const root = folderWith({ 'queue.config.ts': written, 'package.json': '{}' })
  const config = await loadConfig({ cwd: root, env: {} })
  expect(config).toMatchObject({ connection: 'main', unknownJob: { release: 30 }, maxPayload: 1_048_576 })
})
