import type { Kind } from './producer.ts'

const plain = Array.from({ length: 60 }, (): Kind => ({ job: 'Plain' }))

/** What the worker that stays up gets at a turn, ten of which are a second. */
export function steadyLoad(turn: number): readonly Kind[] {
  return [
    ...plain,
    { job: 'Throws' },
    ...(turn % 20 === 5 ? [{ job: 'Forks' }] : []),
    ...(turn % 100 === 50 ? [{ job: 'Blocks', data: { ms: 1_200 } }] : []),
  ]
}

/** The same for workers that come and go. */
export function roughLoad(turn: number): readonly Kind[] {
  return [
    ...(turn % 3 === 0 ? [{ job: 'Plain' }, { job: 'Throws' }] : []),
    ...(turn % 5 === 1 ? [{ job: 'Leaks' }] : []),
    ...(turn % 20 === 2 ? [{ job: 'Forks' }] : []),
    ...(turn % 130 === 30 ? [{ job: 'Hangs' }] : []),
    ...(turn % 130 === 60 ? [{ job: 'Exits' }] : []),
    ...(turn % 130 === 90 ? [{ job: 'Rejects' }] : []),
    ...(turn % 130 === 120 ? [{ job: 'Blocks', data: { ms: 8_000 } }] : []),
  ]
}
