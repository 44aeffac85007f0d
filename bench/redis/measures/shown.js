import { processing } from '../../side-by-side/figures.js'
import { rounds, together, turn } from '../../side-by-side/throughput.js'

/** What is shown without a demand: two worker processes, 1 KB of data, jobs that take 5 ms, and a growing backlog. */
export async function shownMeasure(sides, plan, say) {
  const { rounds: count, backlog, windowMs } = plan.shown
  const concurrency = 100
  const options = { backlog, concurrency, warmMs: plan.warmMs, windowMs }
  for (const side of sides) await side.begin()
  const two = await rounds(sides, count, (side) => together(side, { backlog, concurrency, workers: 2 }))
  say('two workers')
  const slow = await rounds(sides, count, (side) => turn(side, { ...options, jobMs: 5 }))
  say('jobs of 5 ms')
  for (const side of sides) await side.begin({ dataBytes: 1_024 })
  const large = await rounds(sides, count, (side) => turn(side, options))
  say('1 KB of data')
  return { raw: { two, slow, large }, two: processing(two), slow: processing(slow), large: processing(large) }
}

/** The cost of a job for one side as its backlog grows. */
export async function growingMeasure(side, plan, say) {
  const answers = {}
  for (const backlog of plan.growing) {
    await side.begin()
    const options = { backlog, concurrency: 100, warmMs: plan.warmMs, windowMs: plan.growingMs }
    answers[backlog] = processing({ [side.name]: [await turn(side, options)] })
  }
  say('growing backlog')
  return answers
}
