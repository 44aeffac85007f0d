import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TemplateMessage } from '../services/official-account-template.ts'
import { Ledger } from './ledger.ts'

export interface StandInOptions {
  /** The file that accepted messages are appended to. */
  readonly ledgerFile: string
  readonly accessToken: string
  /** What a message waits for on its way here, and its answer on the way back. Default: nothing. */
  readonly onTheWay?: () => Promise<unknown>
  /** Told of every refusal. */
  readonly onRefused?: (openId: string) => void
}

interface Answer {
  readonly status: number
  readonly body: { readonly errcode: number; readonly errmsg: string; readonly msgid?: number }
}

/** What a message with a sound token is sent to. */
const path = '/cgi-bin/message/template/send'

/** A local stand-in for the official account's API: it takes template messages on 127.0.0.1, writes them down and can fail. */
export class OfficialAccountServer {
  readonly ledger: Ledger
  /** Messages accepted since the start. */
  accepted = 0
  /** Messages refused since the start. */
  refused = 0
  /** Messages being dealt with now. */
  inFlight = 0
  readonly #options: StandInOptions
  readonly #server: Server
  #failing = { openId: '', times: 0 }

  constructor(options: StandInOptions) {
    this.#options = options
    this.ledger = new Ledger(options.ledgerFile)
    this.#server = createServer((request, response) => void this.#serve(request, response))
  }

  /** Starts on a free port and answers the base URL. */
  async listen(): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject).listen(0, '127.0.0.1', resolve)
    })
    const { port } = this.#server.address() as AddressInfo
    return `http://127.0.0.1:${port}`
  }

  /** Refuses the next `times` messages to this open id, by turns with HTTP 500 and with an errcode of -1. */
  failNext(openId: string, times: number): void {
    this.#failing = { openId, times }
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.#server.closeAllConnections()
    await closed
  }

  /** The sender may die meanwhile: what has arrived is dealt with all the same, as a real server does. */
  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.inFlight += 1
    try {
      const { status, body } = await this.#answer(request)
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    } catch {
      response.destroy()
    } finally {
      this.inFlight -= 1
    }
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    const text = await textOf(request)
    if (request.method !== 'POST' || url.pathname !== path)
      return { status: 404, body: { errcode: 404, errmsg: 'no such call' } }
    if (url.searchParams.get('access_token') !== this.#options.accessToken)
      return { status: 200, body: { errcode: 40001, errmsg: 'invalid credential' } }
    const message: TemplateMessage = JSON.parse(text)
    await this.#options.onTheWay?.()
    const { openId, times } = this.#failing
    const isFailing = times > 0 && message.touser === openId
    const answer = isFailing ? this.#refuse(openId) : this.#accept(message)
    await this.#options.onTheWay?.()
    return answer
  }

  #refuse(openId: string): Answer {
    this.#failing.times -= 1
    this.refused += 1
    this.#options.onRefused?.(openId)
    if (this.refused % 2 === 1) return { status: 500, body: { errcode: -1, errmsg: 'internal error' } }
    return { status: 200, body: { errcode: -1, errmsg: 'system busy' } }
  }

  #accept({ touser, client_msg_id }: TemplateMessage): Answer {
    this.ledger.append({ reservationNumber: client_msg_id, openId: touser })
    this.accepted += 1
    return { status: 200, body: { errcode: 0, errmsg: 'ok', msgid: this.accepted } }
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}
