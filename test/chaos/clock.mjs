// Preloaded into a worker: its wall clock steps as CHAOS_CLOCK says, `ms after the start:ms it is wrong by` for each step.
import { isMainThread } from 'node:worker_threads'
import { note } from './ledger-line.mjs'

const steps = (process.env.CHAOS_CLOCK ?? '')
  .split(',')
  .filter(Boolean)
  .map((step) => step.split(':').map(Number))
const RealDate = Date
const now = RealDate.now.bind(RealDate)
const began = performance.now()
let seenMs = 0

/** Written down once for each process, when it first sees it. */
function wrongByMs() {
  const ageMs = performance.now() - began
  const ms = steps.filter(([at]) => at <= ageMs).at(-1)?.[1] ?? 0
  if (ms !== seenMs && isMainThread) note('stepped', '-')
  seenMs = ms
  return ms
}

globalThis.Date = class extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(now() + wrongByMs())
    else super(...args)
  }

  static now() {
    return now() + wrongByMs()
  }
}
