import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pairs, row } from './pairs.js'

const bin = fileURLToPath(new URL('../bin/queue.js', import.meta.url))

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

/** The memory of a worker that waits: its own process, the embedded store, an empty queue. */
export async function idleMemory() {
  const folder = mkdtempSync(join(tmpdir(), 'thinkq-idle-'))
  writeFileSync(join(folder, 'package.json'), '{"name":"idle"}')
  const child = spawn(process.execPath, [bin, 'work', '--daemon'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    await new Promise((resolve) => child.stdout.once('data', resolve))
    await new Promise((resolve) => setTimeout(resolve, 5_000))
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1_024
  } finally {
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
}
