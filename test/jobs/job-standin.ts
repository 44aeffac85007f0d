import type { Job } from '../../src/contract/job.ts'

/** A delivery to hand to a handler that does nothing with it. */
export const delivery: Job = {
  id: '1',
  name: 'Job1',
  queue: 'default',
  attempts: 1,
  rawBody: '{}',
  signal: new AbortController().signal,
  isDeleted: false,
  isReleased: false,
  hasFailed: false,
  delete: async () => true,
  release: async () => true,
  fail: async () => true,
  once: async () => true,
  onceIn: async () => true,
  deleteIn: async () => {},
}
