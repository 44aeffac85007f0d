import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * A port of 127.0.0.1 that nobody listens on, nor on the one 10,000 above, where a node of a Redis cluster has its bus. Below
 * those that the kernel gives to outgoing connections, one of which could otherwise connect to itself while a server is away.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(12_000, 22_000)
    if ((await isFree(port)) && (await isFree(port + 10_000))) return port
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    await Promise.all([once(server, 'listening'), server.listen(port, '127.0.0.1')])
    return true
  } catch {
    return false
  } finally {
    server.close()
  }
}
