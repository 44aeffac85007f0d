import type { OutboxJob, OutboxStore } from '../../contract/outbox.ts'
import { checkQueueName } from '../../payload.ts'
import { chunks } from './groups.ts'
import type { Keys } from './keys.ts'
import type { Argument, Link } from './link.ts'
import { forgetMarksScript, takeScript, termScript } from './lua/outbox.ts'
import type { Registrar } from './registrar.ts'
import { seconds } from './seconds.ts'

/** How long an id that a caller gave is known: seconds, as with any push. */
const rememberedSeconds = 600
/** A script holds the server up while it runs. */
const mostInCall = 100
/** Marks of one queue that are looked at in one call: more than that were never forgotten only after many crashes. */
const mostMarks = 1_000

/** Jobs of outboxes on their way into Redis. The marks of a queue are one sorted set beside it: mark by the term it came in. */
export class RedisOutboxStore implements OutboxStore {
  readonly #link: () => Promise<Link>
  readonly #keys: Keys
  readonly #registrar: Registrar

  constructor(link: () => Promise<Link>, keys: Keys, registrar: Registrar) {
    this.#link = link
    this.#keys = keys
    this.#registrar = registrar
  }

  get place(): string {
    return this.#keys.place
  }

  async nextTerm(above: number): Promise<number> {
    const link = await this.#link()
    return Number(await link.run(termScript, [this.#keys.terms], [above]))
  }

  async take(queue: string, jobs: readonly OutboxJob[], term: number): Promise<boolean> {
    const link = await this.#link()
    if (!this.#registrar.knows([queue])) await this.#registrar.add([checkQueueName(queue)])
    const { list, delayed, tokens, marks, wake } = this.#keys.of(queue)
    const beginning: readonly Argument[] = [term, rememberedSeconds, wake]
    for (const some of chunks(jobs, mostInCall)) {
      const told = some.flatMap(({ mark, delayMs, token, body }) => [
        mark,
        seconds(Math.ceil(Math.max(delayMs, 0))),
        token ?? '',
        body,
      ])
      const answer = await link.run(takeScript, [list, delayed, tokens, marks], [...beginning, ...told])
      if (answer !== 1) return false
    }
    return true
  }

  async forget(queue: string, marks: readonly string[], floor: number | null): Promise<void> {
    const link = await this.#link()
    const key = this.#keys.of(queue).marks
    for (const some of chunks(marks, mostInCall))
      await link.run(forgetMarksScript, [key], [floor ?? '', ...some])
  }

  async marks(beginning: string): Promise<ReadonlyMap<string, readonly string[]>> {
    const link = await this.#link()
    const queues = (await link.send('SMEMBERS', [this.#keys.queues])) as string[]
    const found = new Map<string, readonly string[]>()
    for (const queue of queues) {
      const key = this.#keys.of(queue).marks
      const all = (await link.send('ZRANGE', [key, 0, mostMarks - 1])) as string[]
      const ours = all.filter((mark) => mark.startsWith(beginning))
      if (ours.length > 0) found.set(queue, ours)
    }
    return found
  }
}
