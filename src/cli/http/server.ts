import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { addressText } from '../../config/listen.ts'
import type { ListenAddress } from '../../contract/config.ts'
import { QueueError } from '../../contract/errors.ts'
import type { HttpWanted } from './wanted.ts'

export interface Answer {
  readonly status: number
  readonly type: string
  readonly text: string
}

/** Makes the answer to a request for one path. */
export type Page = () => Answer | Promise<Answer>

export interface PageServer {
  readonly address: ListenAddress
  /** Ends at once, whoever is reading. */
  close(): void
}

/** What a client may take: nobody who reads or writes slowly is waited for. */
const patience = {
  headersTimeout: 5_000,
  requestTimeout: 5_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
}
const silenceMs = 10_000
const mostConnections = 100

const methods = ['GET', 'HEAD']
const plain = 'text/plain; charset=utf-8'

/** Serves pages by their paths. It does not keep the process alive. Rejects with a `QueueError` where it cannot listen. */
export async function servePages(
  { listen, token }: HttpWanted,
  pages: ReadonlyMap<string, Page>,
): Promise<PageServer> {
  const server = createServer(patience, (request, response) => void answer(request, response, pages, token))
  server.maxConnections = mostConnections
  server.setTimeout(silenceMs)
  server.on('connection', (socket) => socket.unref())
  await listening(server, listen)
  server.unref()
  const { address: host, port } = server.address() as AddressInfo
  return {
    address: { host, port },
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

function listening(server: Server, listen: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(new QueueError('HTTP', refusalText(listen, error), { cause: error }))
    })
    server.listen({ ...listen, exclusive: true }, resolve)
  })
}

function refusalText(listen: ListenAddress, { code, message }: NodeJS.ErrnoException): string {
  const where = `health and metrics cannot be served on ${addressText(listen)}`
  if (code === 'EADDRINUSE')
    return `${where}: another process listens there; give each worker of this machine a port of its own, or let one queue work --processes keep them all`
  if (code === 'EACCES') return `${where}: this user may not listen there; take a port from 1024 on`
  return `${where}: ${message}`
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  pages: ReadonlyMap<string, Page>,
  token: string | null,
): Promise<void> {
  request.resume()
  if (token !== null && !isAllowed(request.headers.authorization, token))
    return send(response, refused(401, 'a bearer token is needed'), { 'WWW-Authenticate': 'Bearer' })
  const page = pages.get(request.url?.split('?', 1)[0] ?? '')
  if (page === undefined) return send(response, refused(404, 'there is no such page'))
  if (!methods.includes(request.method ?? ''))
    return send(response, refused(405, 'it can only be read'), { Allow: methods.join(', ') })
  try {
    send(response, await page())
  } catch {
    send(response, refused(500, 'the page could not be made'))
  }
}

function refused(status: number, text: string): Answer {
  return { status, type: plain, text: `${text}\n` }
}

/** A body is left out by node itself where only the head was asked for. */
function send(
  response: ServerResponse,
  { status, type, text }: Answer,
  headers: Record<string, string> = {},
) {
  response.writeHead(status, {
    ...headers,
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  })
  response.end(text)
}

/** Compared by their digests, which have one length, in a time that tells nothing. */
function isAllowed(header: string | undefined, token: string): boolean {
  const [, given] = /^Bearer +(\S+)$/i.exec(header ?? '') ?? []
  return given !== undefined && timingSafeEqual(digest(given), digest(token))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
