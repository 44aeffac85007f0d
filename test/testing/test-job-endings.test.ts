import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { Child } from '../database/child.ts'
import { JobFolder, unsafe } from './job-folder.ts'

vi.setConfig({ testTimeout: 120_000 })

/** A server to which a job connects, so that the end of its process is seen. */
async function listening(): Promise<{ readonly port: number; readonly next: () => Promise<Socket> }> {
  const server = createServer().listen(0)
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as { readonly port: number }
  const next = async () => (await once(server, 'connection'))[0].on('error', () => undefined) as Socket
  return { port, next }
}

it('delivers a job that releases itself again, and kills each of its deliveries', async () => {
  const folder = new JobFolder()
  const file = folder.write(
    'Twice.mjs',
    `import { appendFileSync } from 'node:fs'
export default class Twice {
  async fire(job, { world }) {
    if (job.attempts === 1) { await job.release(60); return }
    appendFileSync(world, 'sent\\n')
    await job.delete()
  }
}`,
  )
  const report = await folder.try(file)
  expect(report.trials.map(({ attempt, isOnce, deliveries }) => [attempt, isOnce, deliveries])).toEqual([
    [1, true, 2],
    [1, true, 2],
    [1, true, 2],
    [2, false, 3],
    [2, false, 3],
    [2, true, 2],
  ])
  await expect(folder.try(file, {}, { tries: 1 })).rejects.toThrow(/it had released itself 1 time/)
})

it('runs a job no more often than it may', async () => {
  const folder = new JobFolder()
  const file = folder.write('Unsafe.mjs', unsafe.replace('async fire', 'static tries = 1\n  async fire'))
  const [first] = (await folder.try(file)).changed
  expect(first).toMatchObject({ deliveries: 1, outcome: 'unsettled', effects: [] })
  expect((await folder.try(file, {}, { tries: 2 })).trials[0]).toMatchObject({ deliveries: 2, isOnce: true })
  await expect(folder.try(file, {}, { tries: 0 })).rejects.toThrow('at least 1, not 0')
})

it('rejects with what the undisturbed run throws, and with what its process printed', async () => {
  const folder = new JobFolder()
  const file = folder.write(
    'Throws.mjs',
    `export default class Throws {
      async fire() { console.log('to be seen'); throw Object.assign(new RangeError('no use'), { code: 'NO' }) }
    }`,
  )
  const failure = await folder.try(file).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(RangeError)
  expect(failure).toMatchObject({
    message: 'no use',
    code: 'NO',
    stack: expect.stringContaining('to be seen'),
  })
})

it('says what a run after the kill threw', async () => {
  const folder = new JobFolder()
  const file = folder.write(
    'Refuses.mjs',
    `export default class Refuses {
      async fire(job) {
        if (job.attempts > 1) throw new Error('not again')
        await job.delete()
      }
    }`,
  )
  const report = await folder.try(file, {}, { effects: () => null, tries: 4 })
  expect(report.trials[0]).toMatchObject({ deliveries: 4, outcome: 'unsettled', isOnce: true })
  expect((report.trials[0]!.error as Error).message).toBe('not again')
})

it('refuses a job that does not delete itself', async () => {
  const folder = new JobFolder()
  const file = folder.write('Forgets.mjs', 'export default class Forgets { async fire() {} }')
  await expect(folder.try(file)).rejects.toThrow(
    /Forgets\.mjs: it neither deleted nor released itself nor failed/,
  )
})

it('says which kills did not come about, since the job is not the same in each run', async () => {
  const folder = new JobFolder()
  const file = folder.write(
    'Varies.mjs',
    `import { existsSync, writeFileSync } from 'node:fs'
export default class Varies {
  async fire(job, { world }) {
    const isFirst = !existsSync(world)
    writeFileSync(world, '1\\n')
    if (isFirst) await null
    await job.delete()
  }
}`,
  )
  const report = await folder.try(file, {}, { reset: () => undefined })
  expect(report.unreached.map(({ place, isOnce }) => [place, isOnce])).toEqual(
    Array(2).fill([`${file}:6:18`, false]),
  )
  expect(report.changed).toEqual([])
  expect(() => report.assertOnce()).toThrow(
    `${file}:6:18 (killed at the await)\n  it did not come there again: the job is not the same in each run`,
  )
})

it('rejects when a process ends by itself or by what nobody caught', async () => {
  const folder = new JobFolder()
  const file = folder.write(
    'Ends.mjs',
    `export default class Ends {
      async fire() { console.error('about to'); process.exit(3) }
      async crash() { Promise.reject(new TypeError('uncaught')); await new Promise(() => {}) }
    }`,
  )
  await expect(folder.try(file)).rejects.toThrow(
    /Ends\.mjs: the process of delivery 1 ended with code 3; it printed:\nabout to$/,
  )
  await expect(folder.try(file, {}, { task: 'crash' })).rejects.toThrow(new TypeError('uncaught'))
  await expect(folder.try(file, {}, { task: 'none' })).rejects.toThrow('it has no method none')
})

const blocks = `import { connect } from 'node:net'
export default class Blocks {
  async fire(job, { port }) {
    console.log('I block')
    await new Promise((resolve) => connect(port, resolve))
    for (;;);
  }
}`

it('kills a process that does not end in time, even one that blocks', async () => {
  const folder = new JobFolder()
  const { port, next } = await listening()
  const file = folder.write('Blocks.mjs', blocks)
  const [failure, socket] = await Promise.all([
    folder.try(file, { port }, { timeoutMs: 2_500 }).catch((error: Error) => error),
    next(),
  ])
  if (!socket.closed) await once(socket.resume(), 'close')
  expect(failure).toMatchObject({ code: 'TRIAL' })
  expect((failure as Error).message).toMatch(
    /Blocks\.mjs: the process of delivery 1 had not ended after 2\.5 s, and was killed; it printed:\nI block$/,
  )
})

it('leaves no process behind when the one that tests is killed, not even one that blocks', async () => {
  const folder = new JobFolder()
  const { port, next } = await listening()
  const script = join(import.meta.dirname, 'children/try-job.ts')
  const args = [folder.write('Blocks.mjs', blocks), `${port}`]
  const tester = new Child(script, args, { env: { TMPDIR: folder.path } })
  const socket = await next()
  tester.kill()
  await once(socket.resume(), 'close')
})

it('rejects with what effects and reset throw', async () => {
  const folder = new JobFolder()
  const file = folder.write('Unsafe.mjs', unsafe)
  const fails = () => Promise.reject(new Error('the database is away'))
  await expect(folder.try(file, {}, { reset: fails })).rejects.toThrow('the database is away')
  expect(folder.lines()).toEqual([])
  await expect(folder.try(file, {}, { effects: fails })).rejects.toThrow('the database is away')
})
