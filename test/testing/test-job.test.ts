import { AssertionError } from 'node:assert'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it, onTestFinished, vi } from 'vitest'
import type { JobReport } from '../../src/testing/index.ts'
import { Child } from '../database/child.ts'
import { JobFolder } from './job-folder.ts'

vi.setConfig({ testTimeout: 120_000 })

const unsafe = `import { appendFileSync } from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'
export default class Unsafe {
  async fire(job, { world }) {
    await turn()
    appendFileSync(world, 'sent\\n')
    await turn()
    await job.delete()
  }
}
`

/** As \`line:column moment\`, with what follows. */
function kills({ trials }: JobReport): readonly string[] {
  return trials.map(({ place, killed, isOnce }) => `${place.replace(/^.*?\.\w+:?/, '')} ${killed}: ${isOnce}`)
}

/** Each of its processes waits for it. */
async function listening(): Promise<{ readonly port: number; readonly next: () => Promise<Socket> }> {
  const server = createServer().listen(0)
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as { readonly port: number }
  const next = async () => (await once(server, 'connection'))[0].on('error', () => undefined) as Socket
  return { port, next }
}

it('names the line and column of each await at which a kill repeats an effect', async () => {
  const folder = new JobFolder()
  const file = folder.write('Unsafe.mjs', unsafe)
  const report = await folder.try(pathToFileURL(file).href)
  expect(kills(report)).toEqual([
    '5:5 at the await: true',
    '5:5 after the await: true',
    '7:5 at the await: false',
    '7:5 after the await: false',
    '8:5 at the await: false',
    '8:15 before it was settled: false',
    '8:5 after the await: true',
  ])
  expect(report).toMatchObject({ awaits: 3, expected: ['sent'], unreached: [] })
  expect(report.changed.map(({ effects, deliveries }) => [effects, deliveries])).toEqual(
    Array(4).fill([['sent', 'sent'], 2]),
  )
  const failure = thrownBy(() => report.assertOnce())
  expect(failure).toBeInstanceOf(AssertionError)
  expect(failure).toMatchObject({ expected: ['sent'], actual: ['sent', 'sent'] })
  expect((failure as Error).message.split('\n').slice(0, 4)).toEqual([
    `${file}: 4 of 7 kills changed the effects`,
    "  expected [ 'sent' ]",
    `${file}:7:5 (killed at the await)`,
    "  actual   [ 'sent', 'sent' ]",
  ])
})

it('finds a job safe whose effect may be had twice', async () => {
  const folder = new JobFolder()
  const file = folder.write(
    'Upserts.mjs',
    `import { writeFile } from 'node:fs/promises'
    export default class Upserts {
      async fire(job, { world }) {
        for (const text of ['a', 'b']) await writeFile(world, text + '\\n')
        await job.delete()
      }
    }`,
  )
  const report = await folder.try(file)
  report.assertOnce()
  expect(report.awaits).toBe(3)
  expect(report.trials.map(({ round, isOnce }) => [round, isOnce])).toEqual(
    [1, 1, 2, 2, 1, 1, 1].map((round) => [round, true]),
  )
})

it('finds what a job forgets when it is killed after it deleted itself', async () => {
  const folder = new JobFolder()
  const file = folder.write(
    'Late.mjs',
    `import { writeFile } from 'node:fs/promises'
    export default class Late {
      async fire(job, { world }) {
        await job.delete()
        await writeFile(world, 'sent\\n')
      }
    }`,
  )
  const report = await folder.try(file)
  expect(report.changed.map(({ place, killed, deliveries }) => [place, killed, deliveries])).toContainEqual([
    `${file}:4:9`,
    'after the await',
    1,
  ])
})

it('tries a job in TypeScript, and names the places of its source', async () => {
  const folder = new JobFolder()
  folder.write(
    'told.ts',
    `import { appendFileSync } from 'node:fs'
    export type Told = { world: string }
    export const tell = (world: string, text: string): Promise<void> =>
      new Promise((resolve) => setImmediate(() => resolve(appendFileSync(world, text))))`,
  )
  const file = folder.write(
    'Typed.ts',
    `import { tell, type Told } from './told.ts'

interface Job {
  delete(): Promise<boolean>
}
export default class Typed {
  constructor(private readonly text: string = 'sent') {}
  async fire(job: Job, { world }: Told): Promise<void> {
    const told = this.text as string; await tell(world as string, told + '\\n')
    await (Promise.resolve() as Promise<void>); await Promise.resolve<number>(1)
    await job.delete()
  }
}
`,
  )
  const report = await folder.try(file)
  expect(kills(report)).toEqual([
    '9:39 at the await: true',
    '9:39 after the await: false',
    '10 at the await: false',
    '10 after the await: false',
    '10 at the await: false',
    '10 after the await: false',
    '11:5 at the await: false',
    '11:15 before it was settled: false',
    '11:5 after the await: true',
  ])
})

it('kills a function that awaits nothing at its end, before the store knows of it', async () => {
  const folder = new JobFolder()
  const file = folder.write(
    'Plain.ts',
    `import { appendFile } from 'node:fs/promises'
    import { defineJob } from 'thinkq'
    export default defineJob(({ world }: { world: string }) => appendFile(world, 'sent\\n'))`,
  )
  const report = await folder.try(file)
  expect(report.awaits).toBe(0)
  expect(report.trials).toMatchObject([
    { place: file, killed: 'before it was settled', effects: ['sent', 'sent'], isOnce: false },
  ])
})

it('kills a method that is no async function where it chains promises', async () => {
  const folder = new JobFolder()
  const file = folder.write(
    'Chains.mjs',
    `import { appendFileSync } from 'node:fs'
const tell = (world, text) => new Promise((resolve) => setImmediate(() => resolve(appendFileSync(world, text))))
export default class Chains {
  fire(job, { world }) {
    return tell(world, 'sent\\n').then(() => job.delete())
  }
}`,
  )
  expect(kills(await folder.try(file))).toEqual([
    '5:34 at the await: true',
    '5:34 after the await: false',
    '5:49 before it was settled: false',
  ])
})

it('counts no awaits of packages, but those of functions it gives to them', async () => {
  const folder = new JobFolder()
  folder.writePackage(
    'twice',
    'export default async (fn) => { await null; await fn(); await null; await fn() }',
  )
  const file = folder.write(
    'Uses.mjs',
    `import twice from 'twice'
export default class Uses {
  async fire(job) {
    await twice(async () => { await null })
    await job.delete()
  }
}`,
  )
  expect(
    (await folder.try(file)).trials.map(({ place, round }) => [place.slice(file.length), round]),
  ).toEqual([
    [':4:5', 1],
    ...[1, 1, 2, 2].map((round) => [':4:31', round]),
    [':4:5', 1],
    ...[':5:5', ':5:15', ':5:5'].map((at) => [at, 1]),
  ])
})

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

function thrownBy(fn: () => void): unknown {
  try {
    fn()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}
