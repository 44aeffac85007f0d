import { MemoryConnector } from '../../src/connectors/memory/index.ts'
import type { WorkerOptions } from '../../src/contract/config.ts'
import type { Envelope, PullConnector } from '../../src/contract/connector.ts'
import { StoreError } from '../../src/contract/errors.ts'
import type { Job } from '../../src/contract/job.ts'
import type { Ms } from '../../src/contract/time.ts'
import type { Transaction } from '../../src/database/database.ts'
import { Emitter } from '../../src/emitter.ts'
import { TableOutbox } from '../../src/outbox/outbox.ts'
import { Relay } from '../../src/outbox/relay.ts'
import { OutboxTable } from '../../src/outbox/table.ts'
import { Worker } from '../../src/worker/worker.ts'
import { registryOf, usualOptions } from '../worker/rig.ts'
import { MachineClock } from './machine-clock.ts'
import { Network } from './network.ts'
import type { World } from './world.ts'

/** What a job does, run by run; the last again and again. */
export interface Plan {
  readonly n: number
  readonly runs: readonly {
    readonly does: 'end' | 'delete' | 'throw' | 'release' | 'hang' | 'delete and throw'
    readonly ms: Ms
  }[]
}

/** What runs in one that has ended goes on no more. */
interface Process {
  isOver: boolean
}

const options: WorkerOptions = {
  ...usualOptions,
  concurrency: 3,
  tries: 6,
  timeoutMs: 200_000,
  autoDelete: true,
}

/** The lease of a delivery, with what its worker may be late. */
export const leaseMs: Ms = (options.expireMs ?? 0) + 5_000

/** One process of a worker in a world, until it is killed; when its worker ends by itself it starts another one. */
export class Machine {
  readonly clock: MachineClock
  readonly network: Network
  readonly #world: World
  readonly number: number
  #worker: Worker | undefined
  #outbox: TableOutbox | undefined
  #isDead = false

  constructor(world: World, number: number) {
    this.#world = world
    this.number = number
    this.clock = new MachineClock(world.clock)
    this.network = new Network({
      clock: this.clock,
      base: world.clock,
      random: world.random,
      ledger: world.ledger,
    })
    void this.#live()
  }

  /** Its worker is ended so that it costs no more; nothing of that reaches the store. */
  kill(): void {
    this.#isDead = true
    this.network.isDead = true
    this.#worker?.stopNow('signal')
  }

  /** As a deploy does. */
  stop(): void {
    this.#worker?.stop('signal')
  }

  /** Stores jobs by a transaction of this machine's code. */
  async pushIn(tx: Transaction, batch: readonly Envelope[]): Promise<void> {
    await this.#outbox!.pushIn(tx, batch)
  }

  async #live(): Promise<void> {
    const { store, clock } = this.#world
    while (!this.#isDead) {
      const process = { isOver: false }
      const connector = this.network.to(new MemoryConnector({ store, clock, connection: 'main' }))
      const relay = this.#relay(connector)
      relay?.start()
      this.#worker = new Worker({
        connector,
        registry: registryOf({ J: this.#job(process) }),
        options,
        emitter: new Emitter(),
        clock: this.clock,
        memory: { used: () => 0, collect: () => undefined },
        keepFailedMs: null,
      })
      const reason = await this.#worker.run()
      process.isOver = true
      await relay?.stop()
      if (reason === 'timeout') this.#recycled()
      await this.clock.sleep(1_000)
    }
  }

  #relay({ cache }: PullConnector): Relay | undefined {
    const { outbox } = this.#world
    if (outbox === undefined) return undefined
    const store = this.network.toOutbox(outbox.store)
    const table = new OutboxTable(this.network.toDatabase(outbox.database), 'queue_outbox', 'main')
    const isTransient = (error: unknown) => error instanceof StoreError && error.transient
    const parts = { table, store, isTransient, clock: this.clock }
    this.#outbox = new TableOutbox(parts)
    return new Relay({ ...parts, cache, warn: () => undefined })
  }

  /** What ran beside the job that hung was given back, within the grace. */
  #recycled(): void {
    const now = this.clock.monotonic()
    const from = now - options.graceMs - 5_000
    this.#world.ledger.troubles.push({ machine: this.number, what: 'stopped', from, until: now })
  }

  #job(process: Process) {
    const run = (data: Plan, job: Job) => this.#run(data, job, process)
    return class {
      fire(job: Job, data: Plan) {
        return run(data, job)
      }
    }
  }

  async #run({ n, runs }: Plan, job: Job, process: Process): Promise<void> {
    const { ledger, clock } = this.#world
    const run = ledger.began(n, job.attempts, this.number, clock.monotonic())
    const { does, ms } = runs[Math.min((ledger.runs.get(n)?.length ?? 1) - 1, runs.length - 1)]!
    if (does === 'hang') return new Promise(() => undefined)
    await this.clock.sleep(ms)
    if (process.isOver || this.#isDead) return new Promise(() => undefined)
    run.endedAt = clock.monotonic()
    run.end = does === 'throw' ? 'threw' : does === 'release' ? 'released' : 'done'
    if (does === 'release') await job.release(ms / 1_000)
    else if (does !== 'end' && does !== 'throw') await this.#delete(job, process)
    if (does === 'throw' || does === 'delete and throw') throw new Error('as planned')
  }

  /** Asks again after a lease: what is answered then counts too. */
  async #delete(job: Job, process: Process): Promise<void> {
    const { ledger } = this.#world
    if (await job.delete()) return ledger.confirmed(job.id, job.attempts)
    await this.clock.sleep(leaseMs)
    if (process.isOver || this.#isDead) return new Promise(() => undefined)
    if (await job.delete()) ledger.confirmed(job.id, job.attempts)
  }
}
