import { addressText } from '../../config/listen.ts'
import type { PullConnector } from '../../contract/connector.ts'
import type { Clock } from '../../contract/time.ts'
import { contentType, type Labels } from '../../metrics/exposition.ts'
import { metricsPage } from '../../metrics/page.ts'
import type { Reports } from '../../metrics/reports.ts'
import type { Log } from '../../process/log.ts'
import { processUsage } from '../../process/usage.ts'
import { healthOf, readinessOf } from './health.ts'
import { type Answer, type Page, type PageServer, servePages } from './server.ts'
import { Sizes } from './sizes.ts'
import type { HttpWanted } from './wanted.ts'

/** Of whom is told. */
export interface Subject {
  readonly reports: () => Reports | Promise<Reports>
  readonly connector: Pick<PullConnector, 'size'>
  readonly clock: Clock
  readonly queues: readonly string[]
  /** Labels of `thinkq_worker_info`. */
  readonly about: Labels
}

const plain = 'text/plain; charset=utf-8'

/** Health and metrics over HTTP, of nobody at first. */
export class Endpoint {
  #server: PageServer | undefined
  #subject: (Subject & { readonly sizes: Sizes }) | undefined

  /** Takes the port before there is a worker, so that a mistake shows before a job is run. */
  async open(wanted: HttpWanted, log: Log): Promise<void> {
    this.#server = await servePages(wanted, this.#pages())
    const url = `http://${addressText(this.#server.address)}`
    log.info({ http: url }, `health and metrics are served on ${url}`)
  }

  tellOf(subject: Subject): void {
    this.#subject = { ...subject, sizes: new Sizes(subject) }
  }

  close(): void {
    this.#server?.close()
  }

  #pages(): ReadonlyMap<string, Page> {
    const workers = async () => (await this.#subject?.reports())?.workers ?? []
    const pages = new Map<string, Page>([
      ['/healthz', async () => healthOf(await workers())],
      ['/readyz', async () => readinessOf(await workers())],
      ['/metrics', () => this.#metrics()],
    ])
    const list = [...pages.keys()].map((path) => `${path}\n`).join('')
    return pages.set('/', () => ({ status: 200, type: plain, text: list }))
  }

  async #metrics(): Promise<Answer> {
    if (this.#subject === undefined) return { status: 503, type: plain, text: 'starting\n' }
    const { about, queues, sizes } = this.#subject
    const [reports, counted] = await Promise.all([this.#subject.reports(), sizes.read()])
    const text = metricsPage({ about, reports, queues, sizes: counted, usage: processUsage() })
    return { status: 200, type: contentType, text }
  }
}
