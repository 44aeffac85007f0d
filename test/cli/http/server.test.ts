import { once } from 'node:events'
import { get, request } from 'node:http'
import { type AddressInfo, connect, createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type Page, type PageServer, servePages } from '../../../src/cli/http/server.ts'

const hello: Page = () => ({ status: 200, type: 'text/plain', text: 'hällo\n' })
const pages = new Map<string, Page>([
  ['/', hello],
  [
    '/broken',
    () => {
      throw new Error('the password is secret')
    },
  ],
])

async function served(
  token: string | null = null,
  host = '127.0.0.1',
): Promise<PageServer & { url: string }> {
  const server = await servePages({ listen: { host, port: 0 }, token }, pages)
  onTestFinished(() => server.close())
  return { ...server, url: `http://${host.includes(':') ? `[${host}]` : host}:${server.address.port}` }
}

describe('the server of pages', () => {
  it('serves a page by its path, whatever the query', async () => {
    const { url } = await served()
    const response = await fetch(`${url}/?x=1`)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/plain')
    expect(await response.text()).toBe('hällo\n')
  })

  it('answers HEAD with the same head and no body', async () => {
    const { url } = await served()
    const response = await fetch(url, { method: 'HEAD' })
    expect([response.status, response.headers.get('content-length')]).toEqual([200, '7'])
    expect(await response.text()).toBe('')
  })

  it('answers 404 for other paths, 405 for other methods, and says which there are', async () => {
    const { url } = await served()
    expect((await fetch(`${url}/nope`)).status).toBe(404)
    const response = await fetch(url, { method: 'POST', body: 'x' })
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  })

  it('says nothing of an error but that there was one', async () => {
    const { url } = await served()
    const response = await fetch(`${url}/broken`)
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('secret')
  })

  it('listens on IPv6 too', async () => {
    const { url } = await served(null, '::1')
    expect((await fetch(url)).status).toBe(200)
  })

  it('with a token, answers nobody else', async () => {
    const { url } = await served('s3cret')
    const statusWith = async (authorization?: string) => {
      const response = await fetch(url, authorization === undefined ? {} : { headers: { authorization } })
      return response.status
    }
    for (const given of [
      undefined,
      'Bearer',
      'Bearer ',
      'Bearer s3cre',
      'Bearer s3cret1',
      'Basic s3cret',
      's3cret',
    ])
      expect(await statusWith(given), given).toBe(401)
    expect(await statusWith('Bearer s3cret')).toBe(200)
    expect(await statusWith('bearer s3cret')).toBe(200)
    const response = await fetch(`${url}/nope`)
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
  })

  it('says that the port is taken, and by what means it may be mended', async () => {
    const other = createServer()
    await Promise.all([once(other, 'listening'), other.listen(0, '127.0.0.1')])
    onTestFinished(() => void other.close())
    const { port } = other.address() as AddressInfo
    await expect(servePages({ listen: { host: '127.0.0.1', port }, token: null }, pages)).rejects.toThrow(
      `127.0.0.1:${port}: another process listens there`,
    )
  })

  it('hangs up on a client that does not finish its request', { timeout: 20_000 }, async () => {
    const { address } = await served()
    const socket = connect(address.port, '127.0.0.1')
    const ended = once(socket, 'close')
    socket.on('error', () => undefined)
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n')
    const began = performance.now()
    socket.resume()
    await ended
    expect(performance.now() - began).toBeLessThan(12_000)
  })

  it('ends at once, in the midst of requests', async () => {
    const { url, address, close } = await served()
    const socket = connect(address.port, '127.0.0.1')
    await once(socket, 'connect')
    socket.on('error', () => undefined)
    socket.write('GET / HTTP/1.1\r\n')
    const waiting = request(url, { agent: false, method: 'POST' })
    waiting.on('error', () => undefined)
    waiting.flushHeaders()
    const [response] = await once(get(url, { agent: false }), 'response')
    await text(response)
    const ended = once(socket, 'close')
    close()
    socket.resume()
    await ended
    await expect(fetch(url)).rejects.toThrow()
  })
})
