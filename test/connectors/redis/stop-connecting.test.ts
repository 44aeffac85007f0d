import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { jobs, Project } from '../../cli/project.ts'
import { testRedis } from '../../redis-server.ts'

/** Accepts connections and says nothing. */
async function silentPort(): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

for (const [what, optionsOf] of [
  ['a server that is silent', async () => ({ url: `redis://127.0.0.1:${await silentPort()}` })],
  [
    'a port that speaks no TLS, by rediss:',
    async () => ({ url: `rediss://127.0.0.1:${(await testRedis()).port}` }),
  ],
  [
    'a sentinel that is silent',
    async () => ({ sentinels: [{ host: '127.0.0.1', port: await silentPort() }], master: 'm' }),
  ],
] as const)
  test(`a worker that connects to ${what} says so, and SIGTERM ends it within 500 ms`, async () => {
    const options = { connector: 'redis', ...(await optionsOf()) }
    const project = new Project({
      'queue.config.ts': `export default ${JSON.stringify(options)}`,
      ...jobs,
    })
    onTestFinished(() => project.remove())
    const worker = project.start('work', '--daemon')
    await worker.says('trying to connect')
    const before = performance.now()
    worker.signal('SIGTERM')
    const { code, stderr } = await worker.ended
    expect(performance.now() - before).toBeLessThan(500)
    expect([code, stderr]).toEqual([0, ''])
  })
