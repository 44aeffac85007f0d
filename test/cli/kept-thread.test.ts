import { expect, onTestFinished, test } from 'vitest'
import { KeptThread } from '../../src/cli/work/kept-thread.ts'
import { systemClock } from '../../src/process/clock.ts'

/** Fails as it starts, the first time; afterwards it adds up what it is told. */
const script = `
import { parentPort, workerData } from 'node:worker_threads'
const seen = new Int32Array(workerData)
if (Atomics.add(seen, 0, 1) === 0) throw new Error('not yet')
parentPort.on('message', (figure) => {
  Atomics.add(seen, 1, figure)
  Atomics.notify(seen, 1)
})
`

test('a thread that an error ended is started anew and told again what it had been told', async () => {
  const seen = new Int32Array(new SharedArrayBuffer(8))
  const ends: string[] = []
  const thread = new KeptThread({
    script: new URL(`data:text/javascript,${encodeURIComponent(script)}`),
    options: { workerData: seen.buffer },
    clock: systemClock,
    againMs: 20,
    ended: (error) => ends.push(error.message),
  })
  onTestFinished(() => thread.stop())
  thread.tell(3)
  thread.tell(4)
  for (let sum = 0; sum !== 7; sum = Atomics.load(seen, 1)) await added(seen, sum)
  expect(ends).toEqual(['not yet'])
  expect(seen[0]).toBe(2)
  thread.tell(5)
  await added(seen, 7)
  expect(seen[1]).toBe(12)
})

/** Resolves when the sum is no longer that. */
async function added(seen: Int32Array, sum: number): Promise<void> {
  const wait = (
    Atomics as unknown as {
      waitAsync(array: Int32Array, at: number, value: number): { readonly value: unknown }
    }
  ).waitAsync
  await wait(seen, 1, sum).value
}
