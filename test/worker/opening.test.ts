import { describe, expect, test } from 'vitest'
import { away, deferred, note, Rig } from './rig.ts'

/** A worker whose store is connected to for as long as the test wants. */
function connecting() {
  const opened = deferred()
  const rig = new Rig(
    { note },
    { wrap: (connector) => Object.assign(connector, { open: () => opened.promise }) },
  )
  return { rig, opened }
}

describe('while the store does not answer the first attempt to connect', () => {
  test('a stop ends the worker at once, and how the attempt ends later harms nobody', async () => {
    for (const settle of ['resolve', 'reject'] as const) {
      const { rig, opened } = connecting()
      const ended = rig.start()
      await rig.advance(3_000)
      rig.worker.stop('signal')
      expect(await ended).toBe('signal')
      expect(rig.clock.monotonic()).toBe(3_000)
      if (settle === 'resolve') opened.resolve()
      else opened.reject(new Error('closed'))
      await rig.advance(10_000)
      expect([rig.all('worker:start'), rig.all('store:down')]).toEqual([[], []])
    }
  })

  test('it says once that it is trying, and then works', async () => {
    const { rig, opened } = connecting()
    void rig.start()
    await rig.advance(999)
    expect(rig.all('store:warning')).toEqual([])
    await rig.advance(60_000)
    expect(rig.all('store:warning')).toEqual([{ message: expect.stringMatching(/trying to connect/) }])
    opened.resolve()
    await rig.nth('worker:idle')
  })
})

test('a stop between two attempts ends the worker at once', async () => {
  const rig = new Rig({ note })
  rig.faulty.fail('open', away)
  const ended = rig.start()
  await rig.nth('store:down')
  rig.worker.stop('signal')
  expect(await ended).toBe('signal')
})

test('a store that is opened soon is not said to be slow', async () => {
  const rig = new Rig({ note })
  void rig.start()
  await rig.nth('worker:idle')
  await rig.advance(5_000)
  expect(rig.all('store:warning')).toEqual([])
})
