// Run as `node keeper.mjs`: keeps several workers of another system going, which has nothing of its own for that.
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const script = fileURLToPath(new URL('worker.mjs', import.meta.url))
const children = new Set()
let isEnding = false

function start() {
  const child = fork(script)
  children.add(child)
  child.once('exit', (code) => {
    children.delete(child)
    if (!isEnding) start()
    else if (code !== 0) process.exitCode = 1
  })
}

for (let at = 0; at < Number(process.env.CHAOS_PROCESSES); at++) start()
process.once('SIGTERM', () => {
  isEnding = true
  for (const child of children) child.kill('SIGTERM')
})
