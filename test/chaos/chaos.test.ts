import { describe, test } from 'vitest'
import { storeNames } from '../store-names.ts'
import { enter } from './arena.ts'
import { holds } from './judge.ts'
import { told } from './report.ts'

/** Of a round; all stores have theirs at once. */
const seconds = 60
const seed = Number(process.env.CHAOS_SEED ?? 1)

describe.concurrent('killed, frozen and cut off workers on a store that fails', () => {
  test.for(storeNames)(
    'lose no job on %s and repeat none without a fault',
    { timeout: 300_000 },
    async (store, { expect, onTestFinished }) => {
      const arena = await enter(store, { seed, seconds, pauseMs: 1_000 })
      onTestFinished(() => arena.close())
      const fight = await arena.fight()
      const account = told([fight])
      console.info(account)
      expect(holds(fight.judgement), account).toBe(true)
      expect(fight.judgement.pushed).toBeGreaterThan(100)
    },
  )
})
