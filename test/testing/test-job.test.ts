import { AssertionError } from 'node:assert'
import { pathToFileURL } from 'node:url'
import { expect, it, vi } from 'vitest'
import type { JobReport } from '../../src/testing/index.ts'
import { JobFolder, unsafe } from './job-folder.ts'

vi.setConfig({ testTimeout: 120_000 })

/** Where each was, when, and whether the effects were right. */
function kills({ trials }: JobReport): readonly string[] {
  return trials.map(({ place, killed, isOnce }) => `${place.replace(/^.*?\.\w+:?/, '')} ${killed}: ${isOnce}`)
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

function thrownBy(fn: () => void): unknown {
  try {
    fn()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}
