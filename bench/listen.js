// `queue listen` with its next child waiting, against a process that is started when the job arrives: `npm run bench:listen`.
import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createQueue } from '../dist/index.js'
import { pairs, row } from './pairs.js'
import { tableLines } from './table.js'
import { root, tempProject } from './temp-project.js'

const rounds = 7
const burst = 10
const bin = join(root, 'bin', 'queue.js')
const now = () => performance.timeOrigin + performance.now()

/** As a new user has it: a configuration in TypeScript, the embedded store, three jobs. The first line of a job says when it ran. */
function project() {
  const config =
    "import { defineConfig } from 'thinkq'\nexport default defineConfig({ connector: 'database', dsn: 'sqlite:./queue.sqlite' })\n"
  const first = "console.log('ran ' + (performance.timeOrigin + performance.now()))"
  const idle = "import { defineJob } from 'thinkq'\nexport default defineJob(async () => {})\n"
  return tempProject('listen', {
    'queue.config.ts': config,
    'jobs/Marks.ts': `import { defineJob } from 'thinkq'\nexport default defineJob(async (ms: number) => {\n  ${first}\n  if (ms > 0) await new Promise((done) => setTimeout(done, ms))\n})\n`,
    'jobs/Other.ts': idle,
    'jobs/Another.ts': idle,
  })
}

/** A command in the project, and the moments at which its jobs ran. */
class Command {
  #waiting = []
  #ran = []

  constructor(folder, ...args) {
    this.process = spawn(process.execPath, [bin, ...args], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.ended = new Promise((resolve) => this.process.once('exit', resolve))
    createInterface({ input: this.process.stdout }).on('line', (line) => {
      if (!line.startsWith('ran ')) return
      const at = Number(line.slice(4))
      const waiting = this.#waiting.shift()
      if (waiting === undefined) this.#ran.push(at)
      else waiting(at)
    })
  }

  /** When the next job's first line ran. */
  next() {
    const at = this.#ran.shift()
    return at === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(at)
  }

  async end() {
    this.process.kill('SIGTERM')
    await this.ended
  }
}

const folder = project()
process.chdir(folder)
const queue = createQueue({ connector: 'database', dsn: 'sqlite:./queue.sqlite' })
/** Time for the children ahead to have loaded, which nothing tells from outside. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 1_500))

/** Ms from push to first line, the next child ready when it is pushed. */
async function waiting(listener) {
  await settled()
  const pushed = now()
  await queue.push('Marks', 0, 'waiting')
  return (await listener.next()) - pushed
}

/** The same when the process is started as soon as the job is there. */
async function started() {
  const pushed = now()
  await queue.push('Marks', 0)
  const worker = new Command(folder, 'work', '--once')
  const ran = await worker.next()
  await worker.ended
  return ran - pushed
}

async function pushBurst(ms) {
  for (let n = 0; n < burst; n++) await queue.push('Marks', ms)
}

/** Jobs per second, from the first line of the first job to the first line of the last. */
async function listened(ms) {
  await pushBurst(ms)
  const listener = new Command(folder, 'listen', '--max-jobs', String(burst))
  return rateOf(
    () => listener.next(),
    () => listener.ended,
  )
}

/** The same by a process for each job, the next started when the last has ended. */
async function oneByOne(ms) {
  await pushBurst(ms)
  let worker
  return rateOf(
    async () => {
      await worker?.ended
      worker = new Command(folder, 'work', '--once')
      return worker.next()
    },
    () => worker.ended,
  )
}

async function rateOf(next, ended) {
  const first = await next()
  let last = first
  for (let n = 1; n < burst; n++) last = await next()
  await ended()
  return (1_000 * (burst - 1)) / (last - first)
}

async function table() {
  await started()
  const listener = new Command(folder, 'listen', '--queue', 'waiting')
  const latency = await pairs(rounds, () => waiting(listener), started)
  await listener.end()
  const rows = [row('from push to the first line of the job', 'ms', latency, { atMost: 0.2 })]
  for (const ms of [0, 200]) {
    const rate = await pairs(
      rounds,
      () => listened(ms),
      () => oneByOne(ms),
    )
    rows.push(row(`jobs of ${ms} ms, one after another`, 'a second', rate, { ratio: 1.5 }))
  }
  return rows
}

try {
  console.log(tableLines(await table()).join('\n'))
} finally {
  await queue.close()
  process.chdir(root)
  rmSync(folder, { recursive: true, force: true })
}
