import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { testCluster } from '../../redis-cluster.ts'
import { testRedis } from '../../redis-server.ts'

const library = fileURLToPath(new URL('../../../dist/index.js', import.meta.url))

/** Runs a program that pushes one job and never closes its queue; answers what it printed once it ended by itself. */
function ended(connection: object, after = ''): Promise<{ code: number | null; said: string }> {
  const program = `
    const { createQueue } = await import(${JSON.stringify(library)})
    const queue = createQueue(${JSON.stringify(connection)})
    const id = await queue.push('J', 1).catch((error) => error.code)
    process.stdout.write(String(id))
    ${after}`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'pipe' })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (said += String(part)))
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, said })))
}

test('a program that has pushed ends by itself, without closing its queue', async () => {
  const { port } = await testRedis()
  const { code, said } = await ended({ connector: 'redis', port })
  expect(said).toMatch(/^tq\w{30}$/)
  expect(code).toBe(0)
})

test('so does one whose Redis went away after the push', async () => {
  const server = await testRedis()
  const { code, said } = await ended(
    { connector: 'redis', port: server.port },
    `process.kill(${server.pid}, 'SIGKILL')`,
  )
  expect(said).toMatch(/^tq\w{30}$/)
  expect(code).toBe(0)
})

test('so does one on a cluster', async () => {
  const cluster = await testCluster()
  const { code, said } = await ended({
    connector: 'redis',
    cluster: [{ host: '127.0.0.1', port: cluster.nodes[0]!.port }],
  })
  expect(said).toMatch(/^tq\w{30}$/)
  expect(code).toBe(0)
})
