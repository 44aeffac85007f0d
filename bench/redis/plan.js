/** How much is measured: the run that is published, and a short one while developing. */
/** After so many pushes the code of all contenders is compiled. */
const warmUp = { count: 2_000, gapMs: [0, 1] }

const published = {
  rounds: 5,
  backlog: 200_000,
  warmMs: 600,
  windowMs: 5_000,
  pushMs: 800,
  pushWarmMs: 200,
  pingMs: 1_000,
  timed: { rounds: 5, count: 1_500, gapMs: [2, 8], warmUp },
  delayed: { rounds: 5, count: 1_500, warmUp },
  idleSeconds: 20,
  memoryJobs: 100_000,
  shown: { rounds: 2, windowMs: 2_000, backlog: 100_000 },
  growing: [10_000, 100_000, 1_000_000],
  growingMs: 3_000,
}

const quick = {
  ...published,
  rounds: 2,
  backlog: 30_000,
  warmMs: 200,
  windowMs: 700,
  pushMs: 400,
  pushWarmMs: 100,
  pingMs: 300,
  timed: { rounds: 1, count: 100, gapMs: [2, 6], warmUp },
  delayed: { rounds: 1, count: 60, warmUp },
  idleSeconds: 5,
  memoryJobs: 30_000,
  shown: { rounds: 1, windowMs: 500, backlog: 20_000 },
  growing: [10_000, 100_000],
  growingMs: 500,
}

export function planFor(isQuick) {
  return isQuick ? quick : published
}
