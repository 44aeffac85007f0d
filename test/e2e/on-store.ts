import { test as base } from 'vitest'
import { createQueue } from '../../src/facade.ts'
import { jobs, Project } from '../cli/project.ts'
import { someMysql, startMysql } from '../mysql-server.ts'
import { someRedis } from '../redis-server.ts'

const stores = ['sqlite', 'redis', 'mysql'] as const
type Store = (typeof stores)[number]

/** What a configuration says. */
type Settings = Readonly<Record<string, unknown>>

/** Called when the test, or the file, is over. */
type OnCleanup = (end: () => Promise<void>) => void

/**
 * Tests of a project whose jobs live on that store, in a place of each test's own. Leases are longer than any test unless `settings`
 * say otherwise. `config` is the text of its `queue.config.ts`, `queue` a producer outside of it.
 */
export function testOn(store: Store, settings: Settings = {}, files: Readonly<Record<string, string>> = {}) {
  return (
    base
      // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixtures a fixture needs from its pattern
      .extend('server', { scope: 'file' }, ({}, { onCleanup }) => serverFor(store, onCleanup))
      .extend('place', ({ server }, { onCleanup }) => placeOn(store, server, onCleanup))
      .extend('config', ({ place }) => configOf({ ...place, expire: 60, ...settings }))
      .extend('project', async ({ config }, { onCleanup }) => {
        const project = new Project({ 'queue.config.ts': config, ...jobs, ...files })
        onCleanup(() => project.remove())
        return project
      })
      .extend('queue', async ({ place, project }, { onCleanup }) => {
        const queue = createQueue(place, { root: project.root })
        onCleanup(() => queue.close())
        return queue
      })
  )
}

/** The same tests on each store, for `describe.each`. */
export function testsOnEach(settings: Settings = {}, files: Readonly<Record<string, string>> = {}) {
  return stores.map((store) => [store, testOn(store, settings, files)] as const)
}

function configOf(settings: Settings): string {
  return `export default ${JSON.stringify(settings)}\n`
}

/** A mariadbd takes seconds to start, so the tests of a file share it. */
async function serverFor(store: Store, onCleanup: OnCleanup): Promise<string | undefined> {
  const given = process.env.QUEUE_TEST_MYSQL_URL
  if (store !== 'mysql' || given) return given
  const server = await startMysql()
  onCleanup(() => server.stop())
  return server.url
}

async function placeOn(store: Store, server: string | undefined, onCleanup: OnCleanup): Promise<Settings> {
  if (store === 'sqlite') return { connector: 'database', dsn: 'sqlite:./.queue/queue.sqlite' }
  if (store === 'redis') {
    const { url, prefix, stop } = await someRedis()
    onCleanup(stop)
    return { connector: 'redis', url, prefix }
  }
  const mysql = await someMysql(server)
  onCleanup(() => mysql.stop())
  return { connector: 'database', dsn: mysql.url }
}
