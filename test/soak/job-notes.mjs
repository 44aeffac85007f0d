import { appendFileSync } from 'node:fs'

/** Adds a line to the ledger of the project that the worker runs in, which outlives the worker. */
export function note(word, { n, ledger }) {
  appendFileSync(ledger, `${word} ${n} ${process.pid}\n`)
}
