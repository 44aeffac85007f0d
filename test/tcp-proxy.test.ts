import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { freePort } from './free-port.ts'
import { type TcpProxy, testProxy } from './tcp-proxy.ts'

let proxy: TcpProxy
/** What reached the server, which answers each piece in capitals. */
let arrived: string

beforeEach(async () => {
  arrived = ''
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      arrived += chunk
      socket.write(String(chunk).toUpperCase())
    })
  })
  const port = await freePort()
  await Promise.all([once(server, 'listening'), server.listen(port, '127.0.0.1')])
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  proxy = await testProxy(port)
})

async function client(): Promise<Socket> {
  const socket = connect(proxy.port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  return socket
}

async function ask(socket: Socket, text: string): Promise<string> {
  const answer = once(socket, 'data')
  socket.write(text)
  return String((await answer)[0])
}

/** The code of the error that ends a connection, or 'end'. */
function end(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    socket.on('error', ({ code }: NodeJS.ErrnoException) => resolve(String(code)))
    socket.once('end', () => resolve('end'))
  })
}

test('what is sent goes through, counted, and so does an end', async () => {
  const socket = await client()
  expect(await ask(socket, 'hello')).toBe('HELLO')
  expect([proxy.connections, proxy.accepted, proxy.bytes]).toEqual([1, 1, { sent: 5, received: 5 }])
  socket.end()
  await once(socket, 'close')
  expect(proxy.connections).toBe(0)
})

test('a cut resets every connection, and new ones are made', async () => {
  const sockets = [await client(), await client()]
  for (const socket of sockets) await ask(socket, 'a')
  const ends = sockets.map(end)
  proxy.cut()
  expect(await Promise.all(ends)).toEqual(['ECONNRESET', 'ECONNRESET'])
  expect(await ask(await client(), 'b')).toBe('B')
})

test('while it refuses nobody connects, and those who are connected go on', async () => {
  const socket = await client()
  await ask(socket, 'a')
  await proxy.refuse(true)
  await expect(client()).rejects.toThrow('ECONNREFUSED')
  expect(await ask(socket, 'b')).toBe('B')
  await proxy.refuse(false)
  expect(await ask(await client(), 'c')).toBe('C')
})

test('in a black hole connections stand and nothing arrives, and what lived through it stays dead', async () => {
  const old = await client()
  await ask(old, 'a')
  proxy.blackHole(true)
  let heard = ''
  old.on('data', (chunk) => (heard += chunk))
  old.write('lost')
  const young = await client()
  young.write('lost')
  proxy.blackHole(false)
  expect(await ask(await client(), 'b')).toBe('B')
  old.write('lost')
  expect(await ask(await client(), 'c')).toBe('C')
  expect([arrived, heard, proxy.connections]).toEqual(['abc', '', 4])
})

test('a delay makes everything later and keeps its order', async () => {
  const socket = await client()
  proxy.delay(30)
  const began = performance.now()
  expect(await ask(socket, 'a')).toBe('A')
  expect(performance.now() - began).toBeGreaterThan(55)
})

test('what was delayed is not overtaken when the delay ends', async () => {
  const socket = await client()
  proxy.delay(30)
  socket.write('a')
  await vi.waitUntil(() => proxy.requests === 1)
  proxy.delay(0)
  socket.write('b')
  await vi.waitUntil(() => arrived.length === 2)
  expect(arrived).toBe('ab')
})

test('a dropped reply: the request arrives, its answer and all later ones on that connection do not', async () => {
  const [one, other] = [await client(), await client()]
  const dropped = proxy.dropReplies('push')
  expect(await ask(one, 'peek')).toBe('PEEK')
  let heard = ''
  one.on('data', (chunk) => (heard += chunk))
  one.write('push')
  await dropped
  expect(await ask(other, 'push')).toBe('PUSH')
  expect([arrived, heard]).toEqual(['peekpushpush', ''])
})

test('a lost request never arrives, its connection is reset', async () => {
  const socket = await client()
  const lost = proxy.loseRequest((request) => request.startsWith('p'))
  const ended = end(socket)
  socket.write('push')
  await lost
  expect([await ended, arrived]).toEqual(['ECONNRESET', ''])
})

test('a truncated answer ends in its midst', async () => {
  const socket = await client()
  proxy.truncate('push', 2)
  const ended = end(socket)
  expect(await ask(socket, 'push')).toBe('PU')
  expect(await ended).toBe('end')
})

test('a held request arrives when it is let go, though its client was cut off', async () => {
  const [socket, other] = [await client(), await client()]
  const held = proxy.holdRequest('begin', 'end')
  const ended = end(socket)
  socket.write('begin…end')
  const release = await held
  expect([await ended, await ask(other, 'peek'), arrived]).toEqual(['ECONNRESET', 'PEEK', 'peek'])
  release()
  await vi.waitUntil(() => arrived === 'peekbegin…end')
})

test('two that wait for the same answer to be lost both hear of it', async () => {
  const socket = await client()
  const lost = Promise.all([proxy.dropReplies('hello'), proxy.dropReplies('hello')])
  socket.write('hello')
  await lost
  expect(arrived).toBe('hello')
})
