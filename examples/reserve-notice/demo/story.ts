import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Queue } from 'thinkq'
import { db } from '../db.ts'
import { jobsIn, onMysql } from '../settings.ts'
import { OfficialAccountServer } from '../stand-in/official-account-server.ts'
import { bookAll } from './booking.ts'
import { loadApplicationData, readBookings } from './data.ts'
import { Narrator } from './narrator.ts'
import { countInOutbox, countUnrecorded, countUp, type Tally } from './tally.ts'
import { until } from './until.ts'
import { WorkerProcess } from './worker-process.ts'

/** The third of the three admins who should hear: a retry finds the first two recorded and tells only the third. */
const failing = { openId: 'oXk2m5Zz9-JingLi005', times: 6 }

const accessToken = 'a-token-of-the-demo'
/** Of a notice to the official account and back. */
const latencyMs = 40

/** Tells the whole story: book, serve, kill -9, serve again, drain, count. `folder` holds what it leaves behind. */
export async function tell(folder: string): Promise<Tally> {
  const narrator = new Narrator()
  const server = officialAccount(folder, narrator)
  const url = await server.listen()
  narrator.say('account', `a stand-in for the official account listens on ${url}`)
  await Queue.open() // a store that is not there shows before anything is booked
  narrator.say('queue', whereThingsAre())
  await loadApplicationData()
  const bookings = readBookings()
  const worker = startWorker(folder, url, narrator)
  const [refused, successor] = await Promise.all([
    bookAll(bookings, narrator),
    killOnTheWay(worker, server, bookings.length, narrator).then(() => startWorker(folder, url, narrator)),
  ])
  await drain(successor, server, narrator)
  narrator.say('worker', `asked to stop (SIGTERM): exit ${await successor.stop()}`)
  await server.close()
  const tally = await countUp(refused, server.ledger)
  await Queue.close()
  await db.close()
  narrator.conclude(tally)
  return tally
}

function whereThingsAre(): string {
  const database = onMysql ? 'MySQL' : 'SQLite'
  if (jobsIn === 'database') return `jobs and all the rest are kept in ${database}`
  return `jobs are kept in Redis, the rest in ${database}; a job gets there by queue_outbox, when its booking has committed`
}

function officialAccount(folder: string, narrator: Narrator): OfficialAccountServer {
  const server = new OfficialAccountServer({
    ledgerFile: join(folder, 'accepted.jsonl'),
    accessToken,
    onTheWay: () => pause(latencyMs / 2),
    onRefused: () => narrator.refusal(),
  })
  server.failNext(failing.openId, failing.times)
  return server
}

function startWorker(folder: string, url: string, narrator: Narrator): WorkerProcess {
  const env = { OFFICIAL_ACCOUNT_URL: url, OFFICIAL_ACCOUNT_TOKEN: accessToken }
  const worker = new WorkerProcess(join(folder, 'worker.log'), env)
  const command = 'queue work --daemon --queue reserve_notice'
  narrator.say('worker', `started as a process of its own, pid ${worker.pid}: ${command}`)
  return worker
}

/** kill -9 once so many notices have arrived and at least one is on its way. */
async function killOnTheWay(
  worker: WorkerProcess,
  server: OfficialAccountServer,
  arrivals: number,
  narrator: Narrator,
): Promise<void> {
  await until(() => {
    worker.check()
    narrator.progress(server.accepted)
    return server.accepted >= arrivals && server.inFlight > 0
  })
  await worker.kill()
  await until(() => server.inFlight === 0)
  const inFlight = await countUnrecorded(server.ledger)
  narrator.say(
    'worker',
    `KILLED with kill -9, ${inFlight} notices in flight: accepted, but not recorded as sent`,
  )
  narrator.say(
    'worker',
    'its jobs run again when their leases of 5 s end; only what was in flight can arrive twice',
  )
}

/** Waits until the queue holds nothing any more, not ready, not delayed, not reserved, and nothing is on its way to it. */
async function drain(
  worker: WorkerProcess,
  server: OfficialAccountServer,
  narrator: Narrator,
): Promise<void> {
  await until(async () => {
    worker.check()
    narrator.progress(server.accepted)
    if ((await countInOutbox()) > 0) return false
    const { ready, delayed, reserved } = await Queue.size('reserve_notice')
    return ready + delayed + reserved === 0
  })
  narrator.say(
    'queue',
    `drained: ${server.accepted} notices accepted, ${server.refused} refused and tried again`,
  )
}
