import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startWatch } from '../../dist/cli/work/watch.js'
import { compose } from '../../dist/compose.js'
import { resolveConfig } from '../../dist/config/resolve.js'
import { workerOptions } from '../../dist/config/units.js'
import { createQueue } from '../../dist/index.js'

const library = new URL('../../dist/index.js', import.meta.url).href

/** The public producer. */
export async function producer(connection) {
  const queue = createQueue(connection)
  await queue.open()
  return {
    push: (data, delayMs) =>
      delayMs === undefined ? queue.push('Count', data) : queue.later(delayMs / 1_000, 'Count', data),
    bulk: (many) => queue.bulk(many.map((data) => ({ job: 'Count', data }))),
    left: async () => {
      const { ready, delayed, reserved, failed } = await queue.size()
      return ready + delayed + reserved + failed
    },
    close: () => queue.close(),
  }
}

/** A jobs folder as a project has it; its only job does `run` of this process. */
function project(run) {
  const root = mkdtempSync(join(tmpdir(), 'thinkq-bench-jobs-'))
  globalThis.thinkqBenchRun = run
  writeFileSync(
    join(root, 'Count.mjs'),
    `import { defineJob } from ${JSON.stringify(library)}\nexport default defineJob((data) => globalThis.thinkqBenchRun(data))\n`,
  )
  return root
}

const voice = { style: 'json', colors: false, level: 'warn', fields: {} }

/** The worker as `queue work --daemon` makes it: defaults, the three tries that `queue init` writes, listeners, and the watchdog. */
export async function worker(connection, { concurrency, run, isWatched = true, ...options }) {
  const root = project(run)
  let processed = 0
  const on = {
    'job:processed': () => {
      processed++
    },
    'job:failed': ({ error }) => console.error('thinkq: a job failed', error),
    'store:down': ({ error }) => console.error('thinkq: the store is down', error),
  }
  const config = await resolveConfig(
    { ...connection, jobs: root, worker: { tries: 3, ...options }, on },
    { file: null, root, env: {}, searched: [] },
  )
  const context = await compose(config)
  const flags = { concurrency }
  const units = workerOptions(config, context.connection, flags)
  const watch = isWatched ? startWatch({ context, flags, options: units, voice, log: console }) : undefined
  const made = await context.worker(flags, { watch: watch?.jobs })
  let running
  return {
    start: () => {
      running = made.run()
    },
    pause: () => made.quiet(),
    resume: () => made.resume(),
    processed: () => processed,
    close: async () => {
      made.stop('signal')
      const reason = await running
      watch?.stop()
      await context.connector.close()
      rmSync(root, { recursive: true, force: true })
      if (reason !== 'signal') throw new Error(`the worker stopped by itself: ${reason}`)
    },
  }
}
