const atLeast = (ratio) => ({ text: `${ratio}x`, of: ({ ratio: { median } }) => median >= ratio })
const better = { text: 'better than every peer', of: ({ ratio: { median } }) => median < 1 }
const least = { text: 'least of all', of: better.of }
const half = { text: 'half of the best', of: ({ ratio: { median } }) => median <= 0.5 }
const below = (value, unit) => ({
  text: `under ${value} ${unit}`,
  of: ({ ours: { median } }) => median < value,
})
const atMost = (value) => ({ text: `at most ${value}`, of: ({ ours: { median } }) => median <= value })
const both = (one, other) => ({
  text: `${one.text}; ${other.text}`,
  of: (row) => one.of(row) && other.of(row),
})
const timesBullmq = (ratio) => ({
  text: `${ratio}x BullMQ`,
  of: ({ overBullmq }) => overBullmq?.median >= ratio,
})
const ofPing = (share) => ({
  text: `${share * 100} % of PING`,
  of: ({ overPing }) => overPing.median >= share,
})

/** Every measure by the place of its figures in the result: what it is called, whether more is better, and what is wanted. */
export const measured = [
  {
    id: 'c1',
    title: 'process, concurrency 1',
    unit: 'jobs/s',
    more: true,
    find: ({ processing }) => processing.at[1].rate,
    must: atLeast(2),
    aim: ofPing(0.75),
  },
  {
    id: 'c10',
    title: 'process, concurrency 10',
    unit: 'jobs/s',
    more: true,
    find: ({ processing }) => processing.at[10].rate,
    must: atLeast(2.5),
    aim: atLeast(4),
  },
  {
    id: 'c100',
    title: 'process, concurrency 100',
    unit: 'jobs/s',
    more: true,
    find: ({ processing }) => processing.at[100].rate,
    must: both(atLeast(6), timesBullmq(8)),
    aim: atLeast(12),
  },
  {
    id: 'bulk',
    title: 'bulk pushes of 1,000',
    unit: 'jobs/s',
    more: true,
    find: ({ processing }) => processing.bulk,
    must: atLeast(5),
    aim: atLeast(8),
  },
  {
    id: 'flight',
    title: 'single pushes, 100 in flight',
    unit: 'jobs/s',
    more: true,
    find: ({ pushes }) => pushes.inFlight,
    must: atLeast(1),
    aim: atLeast(2),
  },
  {
    id: 'sequential',
    title: 'single pushes, one after the other',
    unit: 'jobs/s',
    more: true,
    find: ({ pushes }) => pushes.sequential,
  },
  {
    id: 'start50',
    title: 'push to start, p50',
    unit: 'ms',
    find: ({ moments }) => moments.startP50,
    must: better,
    aim: half,
  },
  {
    id: 'start99',
    title: 'push to start, p99',
    unit: 'ms',
    find: ({ moments }) => moments.startP99,
    must: better,
    aim: half,
  },
  {
    id: 'late50',
    title: 'delayed jobs, lateness p50',
    unit: 'ms',
    find: ({ moments }) => moments.lateP50,
    must: below(1, 'ms'),
  },
  {
    id: 'late99',
    title: 'delayed jobs, lateness p99',
    unit: 'ms',
    find: ({ moments }) => moments.lateP99,
    must: better,
    aim: below(3, 'ms'),
  },
  {
    id: 'memory',
    title: 'Redis memory of a waiting job',
    unit: 'bytes',
    find: ({ processing }) => processing.memory,
    must: least,
  },
  {
    id: 'cpu1',
    title: 'CPU of 100,000 jobs at concurrency 1',
    unit: 's',
    find: ({ processing }) => processing.at[1].cpu,
    must: least,
  },
  {
    id: 'cpu10',
    title: 'CPU of 100,000 jobs at concurrency 10',
    unit: 's',
    find: ({ processing }) => processing.at[10].cpu,
    must: least,
  },
  {
    id: 'cpu100',
    title: 'CPU of 100,000 jobs at concurrency 100',
    unit: 's',
    find: ({ processing }) => processing.at[100].cpu,
    must: least,
  },
  {
    id: 'worker100',
    title: 'of it the worker',
    unit: 's',
    find: ({ processing }) => processing.at[100].worker,
  },
  { id: 'redis100', title: 'of it Redis', unit: 's', find: ({ processing }) => processing.at[100].server },
  {
    id: 'idle',
    title: 'commands of an idle worker, a second',
    unit: '',
    find: ({ idle }) => one(idle, 'counted'),
    must: atMost(2),
    aim: atMost(1),
  },
  { id: 'sent', title: 'of them sent by the worker', unit: '', find: ({ idle }) => one(idle, 'sent') },
  {
    id: 'resident',
    title: 'resident memory of an idle worker',
    unit: 'MB',
    find: ({ idle }) => one(idle, 'residentMb'),
  },
  {
    id: 'two',
    title: 'two worker processes, concurrency 100 each',
    unit: 'jobs/s',
    more: true,
    find: ({ shown }) => shown.two.rate,
  },
  {
    id: 'slow',
    title: 'jobs that take 5 ms, concurrency 100',
    unit: 'jobs/s',
    more: true,
    find: ({ shown }) => shown.slow.rate,
  },
  { id: 'slowCpu', title: 'their CPU, 100,000 jobs', unit: 's', find: ({ shown }) => shown.slow.cpu },
  {
    id: 'large',
    title: '1 KB of data, concurrency 100',
    unit: 'jobs/s',
    more: true,
    find: ({ shown }) => shown.large.rate,
  },
  { id: 'largeCpu', title: 'their CPU, 100,000 jobs', unit: 's', find: ({ shown }) => shown.large.cpu },
]

function one(figures, key) {
  return Object.fromEntries(Object.entries(figures).map(([name, each]) => [name, [each[key]]]))
}
