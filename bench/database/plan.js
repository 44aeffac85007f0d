/** How much is measured: the run that is published, and a short one while developing. */
const published = {
  rounds: 3,
  backlog: 40_000,
  /** Of those that hold many jobs, which empty the other one while they warm up. */
  heldBacklog: 200_000,
  /** Of those that would need minutes to empty it. */
  shortBacklog: 2_000,
  leastBacklog: 200,
  /** Until then processes are busy compiling. */
  warmMs: 2_000,
  windowMs: 2_000,
  pushMs: 1_000,
  pushWarmMs: 2_500,
  timed: { rounds: 3, count: 60, gapMs: [5, 25], warmUp: { count: 20, gapMs: [5, 25] } },
  idleMs: 2_000,
  depths: [1_000, 10_000, 100_000, 1_000_000],
  delayed: 100_000,
  depthRounds: 3,
  depthMs: 1_000,
}

const quick = {
  ...published,
  rounds: 1,
  backlog: 30_000,
  shortBacklog: 3_000,
  leastBacklog: 150,
  warmMs: 300,
  windowMs: 700,
  pushMs: 400,
  pushWarmMs: 100,
  timed: { rounds: 1, count: 60, gapMs: [5, 20], warmUp: { count: 20, gapMs: [5, 20] } },
  idleMs: 2_000,
  depths: [1_000, 10_000, 100_000],
  delayed: 20_000,
  depthRounds: 2,
  depthMs: 400,
}

export function planFor(isQuick) {
  return isQuick ? quick : published
}
