// What it costs to run jobs beside the worker: `npm run bench:isolation -- [rounds]`, five by default.
import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createQueue } from '../dist/index.js'
import { figure, grid, range } from './side-by-side/markdown.js'
import { spread } from './side-by-side/statistics.js'
import { root, tempProject } from './temp-project.js'

const rounds = Number(process.argv[2] ?? 5)
const counted = 2_000
const warm = 500
const places = { worker: 'false', thread: "'thread'", process: "'process'" }

/** The embedded store, and a job that does nothing for each place; two of its runs say when they were. */
function project() {
  const says = "if (says) console.log('ran ' + (performance.timeOrigin + performance.now()))"
  const job = (isolate) =>
    `import { defineJob } from 'thinkq'\nexport default defineJob({ isolate: ${isolate} }, async ({ says }) => {\n  ${says}\n})\n`
  const jobs = Object.entries(places).map(([place, isolate]) => [`jobs/${place}.mjs`, job(isolate)])
  return tempProject('isolation', {
    'queue.config.mjs': "export default { connector: 'database', dsn: 'sqlite:./queue.sqlite' }\n",
    ...Object.fromEntries(jobs),
  })
}

/** Jobs per second, of so many between the first that counts and the last. */
async function rate(folder, queue, place, concurrency) {
  const says = (n) => n === warm || n === warm + counted
  const jobs = Array.from({ length: warm + counted + 1 }, (_, n) => ({ says: says(n) }))
  await queue.bulk(jobs.map((data) => ({ job: place, data })))
  const args = ['work', '--stop-when-empty', '--quiet', '--concurrency', String(concurrency)]
  const worker = spawn(process.execPath, [join(root, 'bin', 'queue.js'), ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ran = []
  createInterface({ input: worker.stdout }).on('line', (line) => {
    if (line.startsWith('ran ')) ran.push(Number(line.slice(4)))
  })
  await new Promise((resolve) => worker.once('close', resolve))
  if (ran.length !== 2) throw new Error(`${place}: ${ran.length} of 2 jobs said when they ran`)
  return (counted * 1_000) / (ran[1] - ran[0])
}

const folder = project()
process.chdir(folder)
const queue = createQueue({ connector: 'database', dsn: 'sqlite:./queue.sqlite' })
try {
  const lines = []
  for (const concurrency of [1, 10]) {
    const rates = { worker: [], thread: [], process: [] }
    for (let round = 0; round < rounds; round++)
      for (const place of Object.keys(places))
        rates[place].push(await rate(folder, queue, place, concurrency))
    for (const place of ['thread', 'process']) {
      const moreMs = rates[place].map((each, n) => 1_000 / each - 1_000 / rates.worker[n])
      const both = [rates[place], rates.worker].map((each) => range(spread(each)))
      lines.push([concurrency, place, ...both, `${figure(spread(moreMs).median)} ms`])
    }
  }
  console.log(
    grid([['concurrency', 'place', 'jobs/s there', 'in the worker', 'more for each job'], ...lines]),
  )
} finally {
  await queue.close()
  process.chdir(root)
  rmSync(folder, { recursive: true, force: true })
}
