/**
 * One turn of one side: fill up to the backlog, a fresh worker, a warm-up, then processing that counts for `windowMs`. A worker
 * that empties the backlog sooner pauses while it is filled again, which does not count; one that cannot pause ends its turn.
 */
export async function turn(side, { backlog, warmMs, windowMs, ...options }) {
  const pushed = await side.fill(backlog)
  const worker = await side.worker(options)
  const sum = { jobs: 0, ms: 0, cpuMs: 0, serverMs: 0 }
  let isEmpty = true
  for (let warm = warmMs; isEmpty && sum.ms < windowMs; warm = 0) {
    const jobs = side.ledger.waiting - (await worker.call('ran'))
    const part = await segment(side, worker, { jobs, warmMs: warm, windowMs: windowMs - sum.ms })
    for (const key of Object.keys(sum)) sum[key] += part[key]
    isEmpty = part.isEmpty
    if (isEmpty && !worker.canPause) break
    if (isEmpty) await refill(side, { backlog, pushed })
  }
  await side.settle(worker)
  if (sum.jobs === 0)
    throw new Error(`${side.name} ran nothing that counts: its backlog of ${backlog} was too short`)
  return { ...sum, pushed }
}

async function refill(side, { backlog, pushed }) {
  const more = await side.fill(side.ledger.waiting + backlog)
  pushed.count += more.count
  pushed.ms += more.ms
}

/** CPU of the server is read when the worker says that what counts begins, and when it ends. */
async function segment(side, worker, options) {
  let before
  const marked = () => {
    before = side.server.cpuMs()
  }
  const part = await worker.call('window', options, marked)
  const after = await side.server.cpuMs()
  return { ...part, serverMs: before === undefined ? 0 : after - (await before) }
}

/** Rounds of A B C …; answers each side's turns by name. */
export async function rounds(sides, count, turnOf) {
  const turns = Object.fromEntries(sides.map(({ name }) => [name, []]))
  for (let round = 0; round < count; round++)
    for (const side of sides) turns[side.name].push(await turnOf(side, round))
  return turns
}

/** Several workers on one queue until it is empty, each in its own process; how long from their start to the last job. */
export async function together(side, { backlog, workers: count, ...options }) {
  await side.fill(backlog)
  const workers = await Promise.all(Array.from({ length: count }, () => side.worker(options, 'any')))
  const jobs = side.ledger.waiting
  const server = await side.server.cpuMs()
  const cpu = await totalOf(workers, 'cpuMs')
  const began = performance.now()
  await Promise.all(workers.map((worker) => worker.call('start')))
  while ((await totalOf(workers, 'ran')) < jobs) await new Promise((resolve) => setTimeout(resolve, 5))
  const ms = performance.now() - began
  const figures = {
    jobs,
    ms,
    cpuMs: (await totalOf(workers, 'cpuMs')) - cpu,
    serverMs: (await side.server.cpuMs()) - server,
  }
  await side.settle(...workers)
  return figures
}

async function totalOf(workers, figure) {
  const each = await Promise.all(workers.map((worker) => worker.call(figure)))
  return each.reduce((sum, one) => sum + one, 0)
}
