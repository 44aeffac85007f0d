const times = (ratio) => ({ text: `${ratio}x`, of: ({ ratio: { median } }) => median >= ratio })
const atMost = (ratio) => ({ text: `at most ${ratio}x`, of: ({ ratio: { median } }) => median <= ratio })
const below = (ms) => ({ text: `under ${ms} ms`, of: ({ own: { median } }) => median < ms })

const rate =
  (concurrency) =>
  ({ processing }) =>
    processing.at[concurrency].rate
const postgres = ['graphile-worker', 'pg-boss', 'pg-boss-fast']
const everybody = [...postgres, 'sidequest-mysql', 'sidequest-sqlite']

/** All that is measured of each contender: what it is called, and where its figures are in the result. */
export const measured = [
  ...[1, 10, 100].map((each) => ({
    id: `c${each}`,
    title: `process, concurrency ${each}`,
    unit: 'jobs/s',
    find: rate(each),
  })),
  { id: 'bulk', title: 'bulk pushes of 1,000', unit: 'jobs/s', find: ({ processing }) => processing.bulk },
  {
    id: 'sequential',
    title: 'single pushes, one after the other',
    unit: 'jobs/s',
    find: ({ pushes }) => pushes.sequential,
  },
  {
    id: 'inFlight',
    title: 'single pushes, 100 in flight',
    unit: 'jobs/s',
    find: ({ pushes }) => pushes.inFlight,
  },
  { id: 'start50', title: 'push to start, p50', unit: 'ms', find: ({ start }) => start.p50 },
  { id: 'start99', title: 'push to start, p99', unit: 'ms', find: ({ start }) => start.p99 },
  ...[1, 10, 100].flatMap((each) => [
    {
      id: `worker${each}`,
      title: `CPU of 100,000 jobs at concurrency ${each}: worker`,
      unit: 's',
      find: ({ processing }) => processing.at[each].worker,
    },
    {
      id: `server${each}`,
      title: 'and server',
      unit: 's',
      find: ({ processing }) => processing.at[each].server,
    },
  ]),
]

const bare = {
  bulk: 'bulk pushes',
  sequential: 'single pushes, one after the other',
  inFlight: 'single pushes, 100 in flight',
}

const three = (title, own, peers, must, aim) =>
  [1, 10, 100].map((each, at) => ({
    title: `${title}, concurrency ${each}`,
    ...{ own, peers, more: true, id: `c${each}` },
    ...{ must: times(must[at]), aim: times(aim[at]) },
  }))

/** What is wanted: a figure of ours, next to the best of some peers in the same round, or to a number. */
export const demands = [
  ...three('MySQL, Sidequest on the same', 'thinkq-mysql', ['sidequest-mysql'], [8, 12, 40], [15, 25, 70]),
  ...three('SQLite, Sidequest on SQLite', 'thinkq-sqlite', ['sidequest-sqlite'], [3, 15, 100], [8, 40, 200]),
  ...three('MySQL, best on PostgreSQL', 'thinkq-mysql', postgres, [1.2, 2, 2.5], [2, 4, 3.5]),
  {
    title: 'MySQL, graphile-worker with batching, 500 jobs held by both, concurrency 100',
    ...{ id: 'c100', own: 'thinkq-mysql-held', peers: ['graphile-batching'], more: true },
    ...{ must: times(1), aim: times(1.5) },
  },
  {
    title: 'CPU of the worker for it',
    ...{ id: 'worker100', own: 'thinkq-mysql-held', peers: ['graphile-batching'], must: atMost(0.5) },
  },
  {
    title: 'MySQL, bulk pushes, the best of all',
    ...{ id: 'bulk', own: 'thinkq-mysql', peers: everybody, more: true, must: times(2), aim: times(3) },
  },
  {
    title: 'MySQL, single pushes, 100 in flight, the best of all',
    ...{ id: 'inFlight', own: 'thinkq-mysql', peers: everybody, more: true, must: times(3), aim: times(4) },
  },
  {
    title: 'MySQL, single pushes, one after the other, the best of all',
    ...{ id: 'sequential', own: 'thinkq-mysql', peers: everybody, more: true, must: times(3), aim: times(4) },
  },
  ...Object.entries(bare).map(([id, title]) => ({
    title: `MySQL, ${title}, a bare INSERT by mysql2`,
    ...{ id, own: 'thinkq-mysql', peers: ['bare-insert'], more: true },
  })),
  {
    title: 'SQLite, single pushes, Sidequest on SQLite',
    ...{ id: 'sequential', own: 'thinkq-sqlite', peers: ['sidequest-sqlite'], more: true },
  },
  {
    title: "MySQL, one at a time, the 416 jobs/s of think-queue 2.0's own",
    ...{ id: 'c1', own: 'thinkq-mysql', number: 416, must: times(3), aim: times(6) },
  },
  {
    title: 'MySQL, push to start from another process, p50',
    ...{ id: 'start50', own: 'thinkq-mysql', peers: everybody, must: below(10) },
  },
]
