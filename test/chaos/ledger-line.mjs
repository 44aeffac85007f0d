import { appendFileSync } from 'node:fs'

/** Writes one line that outlives whoever is killed next: what happened to which job, in whose process, and when by the clock all processes share. */
export function note(word, n, attempts = 0) {
  const { CHAOS_LEDGER, CHAOS_NAME } = process.env
  const us = process.hrtime.bigint() / 1_000n
  appendFileSync(CHAOS_LEDGER, `${word} ${n} ${attempts} ${CHAOS_NAME} ${process.pid} ${us}\n`)
}
