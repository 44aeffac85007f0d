import type { FoundCard } from '../../src/roster/card.ts'

/** A worker of this project on this host, heard of just now, with what is said otherwise. */
export function cardOf(more: Partial<FoundCard> = {}): FoundCard {
  return {
    ...{ id: 'other', name: 'web:7', host: 'web', pid: 7, pids: 'pid:[1]', parent: null, user: 'app' },
    ...{ folder: '/srv/app', environment: 'production', release: 'abc1234', command: 'work' },
    ...{
      queues: ['default'],
      concurrency: 2,
      upMs: 60_000,
      done: 5,
      failed: 1,
      taken: {},
      hasLeft: false,
      memoryBytes: 9_000_000,
    },
    ...{ reserveAgeMs: 1_000, running: 0, jobs: [], ageMs: 100 },
    ...more,
  }
}
