// Run as `node worker.mjs`: a worker of another system, which says what it does to its jobs.
import { setTimeout as sleep } from 'node:timers/promises'
import { note } from '../ledger-line.mjs'
import { opened } from './opened.mjs'

const { CHAOS_PORT, CHAOS_SYSTEM, CHAOS_CONCURRENCY, CHAOS_LEASE_MS } = process.env
/** A supervisor would kill it after that. */
const graceMs = 30_000

/** Its turns have no numbers that count them all: the time tells which was later. */
const now = () => Number(process.hrtime.bigint() / 1_000n)

async function run({ n, way, ms }, isFirst) {
  const turn = now()
  note('began', n, turn)
  await sleep(ms)
  if (way === 'doomed' || (isFirst && (way === 'throw' || way === 'release'))) {
    note('again', n, turn)
    throw new Error('as planned')
  }
  note('done', n, turn)
  return turn
}

/** Undefined until it has connected. */
let working

async function end() {
  setTimeout(() => process.exit(1), graceMs)
  await working?.close()
  process.exit(0)
}

// At once, as its parent may be gone before it has connected.
process.once('SIGTERM', end)
if (process.channel) process.once('disconnect', end)

const { worker } = await import(`./${CHAOS_SYSTEM}.mjs`)
working = await opened(() =>
  worker({
    port: Number(CHAOS_PORT),
    concurrency: Number(CHAOS_CONCURRENCY),
    leaseMs: CHAOS_LEASE_MS && Number(CHAOS_LEASE_MS),
    run,
    confirmed: (n, turn) => note('deleted', n, turn),
  }),
)
