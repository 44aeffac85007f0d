import { AsyncResource } from 'node:async_hooks'
import { expect, onTestFinished, test } from 'vitest'
import type { JobEntry } from '../../src/contract/job.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { Attribution } from '../../src/worker/attribution.ts'
import { Delivery } from '../../src/worker/delivery.ts'
import { held } from './rig.ts'

const at = (file: string) =>
  Object.assign(new Error('boom'), { stack: `Error: boom\n    at fire (${file}:3:9)` })
const nowhere = at('node:internal/timers')

class Stand {
  readonly clock = new FakeClock()
  readonly attribution: Attribution
  readonly #entries: JobEntry[] = []
  readonly #whose: ReturnType<Attribution['culpritOf']>[] = []

  constructor(concurrency = 1) {
    const registry = { entries: this.#entries, resolve: () => this.#entries[0]! }
    this.attribution = new Attribution({ clock: this.clock, registry, concurrency })
    onTestFinished(() => this.attribution.stop())
  }

  entry(name: string): JobEntry {
    const run = () => void this.#whose.push(this.attribution.culpritOf(nowhere, []))
    const open = () => ({ run, failed: undefined })
    const entry: JobEntry = { name, file: `/jobs/${name}.ts`, kind: 'function', open }
    this.#entries.push(entry)
    return entry
  }

  delivery(entry: JobEntry, id: string): Delivery {
    const reservation = { id, queue: 'default', body: '', attempts: 1, receipt: id }
    const delivery = new Delivery(reservation, {} as never, this.clock.monotonic(), Infinity, -1)
    delivery.entry = entry
    delivery.name = entry.name
    delivery.opened = entry.open()
    return delivery
  }

  /** Runs one job that takes so long; answers whether it had a context. */
  async hadContext(entry: JobEntry, ms: number, measured = true): Promise<boolean> {
    const delivery = this.delivery(entry, '1')
    this.attribution.run(delivery)
    await this.clock.advance(ms)
    if (measured) this.attribution.ended(delivery, ms)
    else this.attribution.ended(delivery)
    return this.#whose.pop() === delivery.culprit && delivery.culprit !== undefined
  }
}

test('a job runs in a context of its own until a run of it was quick, and again after five that were not', async () => {
  const stand = new Stand()
  const [mail, report] = [stand.entry('Mail'), stand.entry('Report')]
  expect(await stand.hadContext(mail, 50)).toBe(true)
  expect(await stand.hadContext(mail, 0.5)).toBe(true)
  expect(await stand.hadContext(mail, 0.5)).toBe(false)
  expect(await stand.hadContext(report, 50)).toBe(true)
  for (let run = 0; run < 5; run++) expect(await stand.hadContext(mail, 50)).toBe(false)
  expect(await stand.hadContext(mail, 50)).toBe(true)
})

test('where nobody measures runs, one in sixteen is looked at', async () => {
  const stand = new Stand()
  const mail = stand.entry('Mail')
  expect(await stand.hadContext(mail, 0.5, false)).toBe(true)
  for (let run = 0; run < 80; run++) expect(await stand.hadContext(mail, 50, false)).toBe(false)
  expect(await stand.hadContext(mail, 50, false)).toBe(true)
})

test('what is quick is measured by how many jobs run at once', async () => {
  const stand = new Stand(100)
  const mail = stand.entry('Mail')
  expect(await stand.hadContext(mail, 4)).toBe(true)
  expect(await stand.hadContext(mail, 4)).toBe(false)
})

test('what a run left behind is known to be its own when contexts have been turned off since', async () => {
  const stand = new Stand()
  const [mail, left] = [stand.entry('Mail'), stand.entry('Left')]
  let begun: AsyncResource | undefined
  const delivery = stand.delivery(left, '7')
  delivery.opened = {
    failed: undefined,
    run: () => {
      begun = new AsyncResource('Left')
    },
  }
  stand.attribution.run(delivery)
  stand.attribution.ended(delivery, 0)
  expect(await stand.hadContext(mail, 0)).toBe(true)
  expect(await stand.hadContext(mail, 0)).toBe(false)
  const whose = begun!.runInAsyncScope(() => stand.attribution.culpritOf(nowhere, []))
  expect(whose).toEqual({ name: 'Left', id: '7', delivery: undefined })
})

test('without a context the stack tells, if one job alone of that file runs, or none does', () => {
  const stand = new Stand()
  const [mail, report] = [stand.entry('Mail'), stand.entry('a b')]
  const running = [stand.delivery(mail, '1'), stand.delivery(report, '2'), stand.delivery(report, '3')]
  const whose = (file: string, among = running) => stand.attribution.culpritOf(at(file), among)
  expect(whose('/jobs/Mail.ts')).toEqual({ name: 'Mail', id: '1', delivery: running[0] })
  expect(whose('file:///jobs/a%20b.ts')).toBeUndefined()
  expect(whose('file:///jobs/a%20b.ts', running.slice(0, 2))).toMatchObject({ id: '2' })
  expect(whose('/jobs/Mail.ts', [])).toEqual({ name: 'Mail', id: undefined, delivery: undefined })
  expect(whose('/jobs/Mail.tsx')).toBeUndefined()
  expect(stand.attribution.culpritOf({ stack: '/jobs/Mail.ts:1' }, running)).toBeUndefined()
})

/** Marks of the hooks by which Node before 24 follows contexts, on every promise that is made; later ones need none. */
const hookMarks = () => Object.getOwnPropertySymbols(new Promise(() => undefined)).length

test('a worker that has ended leaves nothing on that slows down what runs after it', async () => {
  const { rig, gates } = held()
  await rig.push('slow')
  const ended = rig.start()
  await rig.nth('job:processing')
  const hasHooks = Number.parseInt(process.versions.node, 10) < 24
  expect(hookMarks() > 0).toBe(hasHooks)
  gates[0]!.resolve()
  await rig.nth('job:processed')
  rig.worker.stop('signal')
  await ended
  await new Promise(setImmediate)
  expect(hookMarks()).toBe(0)
})
