// Prints the figures of this machine, and with --write keeps them: `npm run bench -- --write`.
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { embedded } from './embedded.js'
import { memory } from './memory.js'
import { help, idleMemory } from './start-up.js'
import { tableLines } from './table.js'

const rounds = 7
const rows = [await help(15), await memory(rounds), await embedded(rounds)]
const idle = await idleMemory()
const table = [
  ...tableLines(rows),
  `| resident memory of a worker that has been idle for 20 s (${idle.started.toFixed(1)} MB just after its start) | ${idle.idle.toFixed(1)} MB | | | under 80 MB | ${idle.idle < 80 ? 'yes' : 'no'} |`,
].join('\n')
console.log(table)

if (process.argv.includes('--write')) {
  const machine = `Node ${process.versions.node}, ${cpus().length} cores, ${new Date().toISOString().slice(0, 10)}`
  mkdirSync('bench/results', { recursive: true })
  writeFileSync(
    `bench/results/node-${process.versions.node}.json`,
    `${JSON.stringify({ machine, rows, idle }, null, 1)}\n`,
  )
  console.log(`\n${machine}; raw figures in bench/results/`)
}
