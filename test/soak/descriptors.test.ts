import { describe, type TestContext, test } from 'vitest'
import { createQueue } from '../../src/facade.ts'
import { Project, type Running, records } from '../cli/project.ts'
import { type StoreName, storeNames } from '../store-names.ts'
import { startStore } from './soak-store.ts'

/** Takes every file descriptor there is, those that a lost connection sets free too, until a SIGWINCH comes. */
const hoards = `import { closeSync, openSync } from 'node:fs'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
const held = []
function hoard() {
  try {
    for (;;) held.push(openSync('/dev/null'))
  } catch (error) {
    if (error.code !== 'EMFILE') throw error
  }
}
function connecting({ socket }) {
  hoard()
  socket.once('error', ({ code }) => console.log('refused by ' + code))
}
export default class Hoards {
  static timeout = 0
  async fire(job) {
    const told = new Promise((resolve) => process.once('SIGWINCH', resolve))
    subscribe('net.client.socket', connecting)
    hoard()
    console.log('hoards')
    setTimeout(() => console.log('has had none to give for long'), 2_500)
    await told
    unsubscribe('net.client.socket', connecting)
    for (const each of held) closeSync(each)
    await job.delete()
    console.log('let go')
  }
}
`
/** Long enough for the watchdog to say so, which then has read its modules. */
const blocks = `export default class Blocks {
  async fire(job) {
    for (const end = performance.now() + 1_500; performance.now() < end; );
    await job.delete()
  }
}
`
const says = `export default class Says {
  async fire(job, data) {
    await job.delete()
    console.log('said ' + data)
  }
}
`

/** Enough to start with, as modules are read many at a time. */
const limit = 256

async function start(name: StoreName, onTestFinished: TestContext['onTestFinished']) {
  const project = new Project({ 'jobs/Blocks.mjs': blocks, 'jobs/Hoards.mjs': hoards, 'jobs/Says.mjs': says })
  onTestFinished(() => project.remove())
  const store = await startStore(name, { folder: project.root, isDurable: false })
  onTestFinished(() => store.stop())
  project.write({ 'queue.config.mjs': `export default ${JSON.stringify(store.cuttable)}` })
  const queue = createQueue(store.direct)
  onTestFinished(() => queue.close())
  const command = `${process.execPath} ${project.bin} work --daemon --concurrency 3`
  const worker = project.run({ shell: `ulimit -n ${limit}; exec ${command}` })
  return { project, store, queue, worker }
}

const warnings = ({ stdout }: Running, text: string) =>
  records(stdout).filter(({ msg, level }) => level === 'warn' && String(msg).includes(text))

describe.concurrent('a worker without file descriptors', { timeout: 60_000 }, () => {
  for (const name of storeNames)
    test(`on ${name} waits, says so once, and goes on when there are some`, async ({
      expect,
      onTestFinished,
    }) => {
      const { store, queue, worker } = await start(name, onTestFinished)
      await queue.push('Blocks')
      await worker.says('blocked its process for')
      await queue.push('Hoards')
      await worker.says('hoards')
      store.proxy?.cut()
      await queue.push('Says', 1)
      if (store.proxy) await worker.says('refused by EMFILE', 3)
      else await worker.says('the file cannot be opened')
      await worker.says('cannot be reached')
      // The memory limit is looked at every second.
      await worker.says('has had none to give for long')
      expect(worker.stdout).not.toContain('said 1')
      worker.signal('SIGWINCH')
      await worker.says('let go')
      await worker.says('said 1')
      expect(warnings(worker, 'cannot be reached')).toHaveLength(1)
      expect(warnings(worker, 'the store recovered')).toHaveLength(1)
      worker.signal('SIGTERM')
      expect(await worker.ended).toMatchObject({ code: 0, stderr: '' })
    })
})
