import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pairs, row } from './pairs.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const bin = join(root, 'bin', 'queue.js')

function wallMs(args) {
  const began = performance.now()
  const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' })
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}`)
  return performance.now() - began
}

export async function help(rounds) {
  const counted = await pairs(
    rounds,
    () => wallMs([bin, '--help']),
    () => wallMs(['-e', '0']),
  )
  return row('queue --help / node -e 0', 'ms', counted, { atMost: 2 })
}

/** As a new user has it: a configuration and a job in TypeScript, the embedded store, an empty queue. */
function project() {
  const folder = mkdtempSync(join(tmpdir(), 'thinkq-idle-'))
  mkdirSync(join(folder, 'jobs'))
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(root, join(folder, 'node_modules', 'thinkq'))
  writeFileSync(join(folder, 'package.json'), '{"name":"idle","type":"module"}')
  writeFileSync(
    join(folder, 'queue.config.ts'),
    "import { defineConfig } from 'thinkq'\nexport default defineConfig({ connector: 'database', dsn: 'sqlite:./queue.sqlite' })\n",
  )
  writeFileSync(
    join(folder, 'jobs', 'Idle.ts'),
    "import { defineJob } from 'thinkq'\nexport default defineJob(async (data: { n: number }) => data.n)\n",
  )
  return folder
}

/** Resident memory in MB after a start and after `idleSeconds` more, of a worker with nothing to do. */
async function residentOnce(folder, idleSeconds) {
  const child = spawn(process.execPath, [bin, 'work', '--daemon'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const resident = () =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1_024
  const seconds = (count) => new Promise((resolve) => setTimeout(resolve, count * 1_000))
  try {
    await new Promise((resolve) => child.stdout.once('data', resolve))
    await seconds(2)
    const started = resident()
    await seconds(idleSeconds)
    return { started, idle: resident() }
  } finally {
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    await ended
  }
}

/** The second start counts: the first compiles the TypeScript, which later ones find in the cache. */
export async function idleMemory() {
  const folder = project()
  try {
    await residentOnce(folder, 0)
    return await residentOnce(folder, 20)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
