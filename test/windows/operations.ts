import type { Reservation, Settlement } from '../../src/contract/connector.ts'
import { delayMs, jobIn, type Rig, type Store } from './rig.ts'

/** Something that is done with a store, from a state that is always the same. */
export interface Operation {
  readonly name: string
  /** Where it is done; default: on every store. */
  readonly on?: readonly Store[]
  /** Its jobs go in whole or not at all. */
  readonly isWhole?: boolean
  prepare?(rig: Rig): Promise<unknown>
  run(rig: Rig): Promise<unknown>
  /** What others do anyway when somebody died in it. */
  recover?(rig: Rig): Promise<unknown>
  /** Whether that answer says that it is done; default: any answer does. */
  isDone?(answer: unknown): boolean
}

/** A reserve that finds nothing is asked again: a lost connection may hold its rows for a moment. */
function isNotEmpty(answer: unknown): boolean {
  return (answer as readonly unknown[]).length > 0
}

const sql = ['mysql', 'sqlite'] as const

function remove(reservation: Reservation): Settlement {
  return { kind: 'delete', reservation }
}

function bury(reservation: Reservation): Settlement {
  return { kind: 'bury', reservation, reason: 'it failed' }
}

function release(reservation: Reservation, inMs: number, spend = true): Settlement {
  return { kind: 'release', reservation, delayMs: inMs, spend }
}

/** Answers the ids of the failed jobs, in the order of `jobs`. */
async function buried(rig: Rig, ...jobs: readonly string[]): Promise<readonly string[]> {
  await rig.store.settle((await rig.held(...jobs)).map(bury))
  const failed = new Map((await rig.store.failed.all()).map(({ body, id }) => [jobIn(body), id]))
  return jobs.map((job) => failed.get(job)!)
}

const many = Array.from({ length: 60 }, (_, place) => `many ${place}`)

const pushes: readonly Operation[] = [
  { name: 'push of one', isWhole: true, run: (rig) => rig.push('a') },
  {
    name: 'push of one that is delayed',
    isWhole: true,
    run: (rig) => rig.store.push([rig.job('a', delayMs)]),
  },
  {
    name: 'push of several, some delayed, to two queues',
    isWhole: true,
    run: (rig) =>
      rig.store.push([rig.job('a'), rig.job('b', delayMs), rig.job('c', 0, 'other'), rig.job('d')]),
  },
  { name: 'push of many', isWhole: true, run: (rig) => rig.push(...many) },
  {
    name: 'push of many behind two others',
    isWhole: true,
    async prepare(rig) {
      for (const which of ['first', 'second']) await rig.push(...many.map((job) => `${which} ${job}`))
    },
    run: (rig) => rig.push(...many),
  },
  {
    name: 'push with a token',
    isWhole: true,
    run: (rig) => rig.store.push([{ ...rig.job('a'), token: 'once' }]),
  },
  {
    name: 'push in a transaction',
    on: sql,
    isWhole: true,
    prepare: (rig) => rig.database().query('SELECT 1'),
    run: (rig) =>
      rig.database().transaction(async (tx) => {
        await rig.store.pushIn!(tx, [rig.job('a'), rig.job('b')])
      }),
  },
]

const reserves: readonly Operation[] = [
  {
    name: 'reserve of one',
    prepare: (rig) => rig.push('a', 'b'),
    run: (rig) => rig.reserve(1),
    isDone: isNotEmpty,
  },
  {
    name: 'reserve of several',
    prepare: (rig) => rig.push('a', 'b', 'c'),
    run: (rig) => rig.reserve(10),
    isDone: isNotEmpty,
  },
  {
    name: 'reserve from two queues',
    prepare: (rig) => rig.store.push([rig.job('a'), rig.job('b', 0, 'other')]),
    run: (rig) => rig.reserve(10, ['default', 'other']),
    isDone: isNotEmpty,
  },
  {
    name: 'reserve of what has fallen due',
    prepare: (rig) => rig.store.push([rig.job('a', 1_000), rig.job('b', 1_000)], Date.now() - delayMs),
    run: (rig) => rig.reserve(10),
    isDone: isNotEmpty,
  },
  {
    name: 'reserve of what a dead worker held',
    async prepare(rig) {
      await rig.store.push([rig.job('a'), rig.job('b')], Date.now() - 3 * delayMs)
      await rig.reserve(2, ['default'], Date.now() - 2 * delayMs)
    },
    run: (rig) => rig.reserve(10),
    isDone: isNotEmpty,
  },
]

const settlements: readonly Operation[] = [
  {
    name: 'settle of one that is done',
    prepare: (rig) => rig.held('a'),
    run: (rig) => rig.store.settle(rig.holding.map(remove)),
  },
  {
    name: 'settle of several that are done',
    prepare: (rig) => rig.held('a', 'b', 'c'),
    run: (rig) => rig.store.settle(rig.holding.map(remove)),
  },
  {
    name: 'settle by a release',
    prepare: (rig) => rig.held('a'),
    run: (rig) => rig.store.settle(rig.holding.map((each) => release(each, delayMs))),
  },
  {
    name: 'settle by a release that spends nothing',
    prepare: (rig) => rig.held('a'),
    run: (rig) => rig.store.settle(rig.holding.map((each) => release(each, 0, false))),
  },
  {
    name: 'settle by a burial',
    prepare: (rig) => rig.held('a'),
    run: (rig) => rig.store.settle(rig.holding.map(bury)),
  },
  {
    name: 'settle of every kind',
    prepare: (rig) => rig.held('a', 'b', 'c', 'd'),
    run(rig) {
      const [a, b, c, d] = rig.holding
      return rig.store.settle([remove(a!), release(b!, delayMs), bury(c!), release(d!, 0, false)])
    },
  },
  {
    name: 'settle in a transaction',
    on: sql,
    async prepare(rig) {
      await rig.held('a')
      await rig.database().query('SELECT 1')
    },
    run: (rig) =>
      rig.database().transaction(async (tx) => {
        const isOurs = await rig.store.deleteIn!(tx, rig.holding[0]!, () => undefined)
        if (isOurs !== true) throw new Error(`deleteIn answered ${isOurs}`)
      }),
  },
  {
    name: 'exchange of one for the next',
    async prepare(rig) {
      await rig.heldNow('a')
      await rig.push('b')
    },
    run: (rig) => rig.store.exchange!(rig.holding.map(remove), rig.request(1)),
  },
  {
    name: 'exchange of one for nothing',
    prepare: (rig) => rig.heldNow('a'),
    run: (rig) => rig.store.exchange!(rig.holding.map(remove), rig.request(1)),
  },
  {
    name: 'exchange of one for the next that looks for more',
    async prepare(rig) {
      await rig.held('a')
      await rig.push('b')
    },
    run: (rig) => rig.store.exchange!(rig.holding.map(remove), rig.request(1)),
  },
  {
    name: 'exchange of several',
    async prepare(rig) {
      await rig.held('a', 'b', 'c')
      await rig.push('d', 'e')
    },
    run(rig) {
      const [a, b, c] = rig.holding
      return rig.store.exchange!([remove(a!), release(b!, delayMs), bury(c!)], rig.request(10))
    },
  },
  {
    name: 'touch of one',
    prepare: (rig) => rig.held('a'),
    run: (rig) => rig.touch(),
  },
  {
    name: 'touch of several',
    prepare: (rig) => rig.held('a', 'b', 'c'),
    run: (rig) => rig.touch(),
  },
]

const failedJobs: readonly Operation[] = [
  {
    name: 'retry of one',
    prepare: async (rig) => rig.keep(await buried(rig, 'a')),
    run: (rig) => rig.store.failed.retry(rig.kept),
  },
  {
    name: 'retry of several',
    prepare: async (rig) => rig.keep(await buried(rig, 'a', 'b', 'c')),
    run: (rig) => rig.store.failed.retry(rig.kept),
  },
  {
    name: 'forget',
    prepare: async (rig) => rig.keep(await buried(rig, 'a', 'b')),
    run: (rig) => rig.store.failed.forget(rig.kept.slice(0, 1)),
  },
  { name: 'flush', prepare: (rig) => buried(rig, 'a', 'b'), run: (rig) => rig.store.failed.flush() },
  {
    name: 'clear',
    async prepare(rig) {
      await rig.held('a')
      await rig.store.push([rig.job('b'), rig.job('c', delayMs)])
    },
    run: (rig) => rig.store.clear('default'),
  },
]

const effects: readonly Operation[] = [
  { name: 'note that an effect began', run: (rig) => rig.ledger.note(rig.effect, 'started') },
  {
    name: 'note that an effect is done',
    prepare: (rig) => rig.ledger.note(rig.effect, 'started'),
    run: (rig) => rig.ledger.done(rig.effect),
  },
  {
    name: 'taking a note back',
    prepare: (rig) => rig.ledger.note(rig.effect, 'started'),
    run: (rig) => rig.ledger.forget(rig.effect),
  },
  {
    name: 'note of an effect that is known',
    prepare: (rig) => rig.ledger.note({ ...rig.effect, mark: 'earlier' }, 'started'),
    run: (rig) => rig.ledger.note(rig.effect, 'started'),
  },
]

/** Signals to workers and locks of relays. */
const values: readonly Operation[] = [
  { name: 'putting a value', run: (rig) => rig.store.cache.set('value', 'on') },
  { name: 'adding a value', run: (rig) => rig.store.cache.add('value', 'on', 3_600_000) },
  {
    name: 'increasing a value',
    prepare: (rig) => rig.store.cache.increment('value'),
    run: (rig) => rig.store.cache.increment('value'),
  },
  {
    name: 'dropping a value',
    prepare: (rig) => rig.store.cache.set('value', 'on'),
    run: (rig) => rig.store.cache.forget('value'),
  },
]

/** What workers say of themselves. */
const cards: readonly Operation[] = [
  { name: 'a worker noting itself', run: (rig) => rig.store.roster!.note('worker', 'here', 3_600_000) },
  {
    name: 'a worker noting itself anew',
    prepare: (rig) => rig.store.roster!.note('worker', 'here', 3_600_000),
    run: (rig) => rig.store.roster!.note('worker', 'still here', 3_600_000),
  },
  {
    name: 'a worker leaving',
    prepare: (rig) => rig.store.roster!.note('worker', 'here', 3_600_000),
    run: (rig) => rig.store.roster!.leave('worker'),
  },
]

const outbox: readonly Operation[] = [
  {
    name: 'relay of one row',
    on: ['redis'],
    prepare: (rig) => rig.leave('a'),
    run: (rig) => rig.relay(),
    recover: (rig) => rig.relay(),
  },
  {
    name: 'relay of several rows',
    on: ['redis'],
    prepare: (rig) => rig.leave('a', 'b', 'c'),
    run: (rig) => rig.relay(),
    recover: (rig) => rig.relay(),
  },
]

const all = [
  ...pushes,
  ...reserves,
  ...settlements,
  ...failedJobs,
  ...effects,
  ...values,
  ...cards,
  ...outbox,
]

export function operationsOn(store: Store): readonly Operation[] {
  return all.filter(({ on }) => on === undefined || on.includes(store))
}

export function operationNamed(name: string): Operation {
  return all.find((each) => each.name === name)!
}
