import { beforeEach, describe, expect, it } from 'vitest'
import { phpFixture } from '../../payload/fixtures.ts'
import { type WorkOptions, work } from '../wire-work.ts'
import { phpJobsTable, Tables } from './mysql-store.ts'

interface Step {
  readonly step: string
  readonly cmd: string
  readonly out: readonly string[]
  readonly commands: readonly string[]
  readonly state: readonly string[]
}

interface Row {
  readonly queue: string
  readonly attempts: number
  readonly reserved: number
  readonly reserved_at: number | null
  readonly available_at: number
  readonly created_at: number
  readonly payload: string
}

const all = phpFixture<{ scenarios: { scenario: string; steps: Step[]; notes?: string[] }[] }>(
  'lifecycle_mysql',
).scenarios.map((each) => ({ ...each, letter: each.scenario.slice(0, 1) }))

const tables = new Tables()
beforeEach(async () => {
  tables.fresh()
  await tables.sql(phpJobsTable(tables.jobs))
})

/** The rows after a step, as the client printed them. */
function rowsOf({ state }: Step): readonly Row[] {
  return state.slice(1).map((line) => {
    const [, queue, attempts, reserved, reservedAt, availableAt, createdAt, payload] = line.split('\t')
    return {
      queue: queue!,
      attempts: Number(attempts),
      reserved: Number(reserved),
      reserved_at: reservedAt === 'NULL' ? null : Number(reservedAt),
      available_at: Number(availableAt),
      created_at: Number(createdAt),
      payload: payload!.replaceAll('\\\\', '\\'),
    }
  })
}

/** When PHP's host took a step. */
function timeOf({ commands, out }: Step): number {
  const asked = /`available_at` <= (\d+)/.exec(commands.join('\n'))?.[1]
  const expired = /`reserved_at` <= (\d+)/.exec(commands.join('\n'))?.[1]
  const pushed = /"time_before":(\d+)/.exec(out.join())?.[1]
  return Number(asked ?? pushed ?? Number(expired) + 60)
}

/** What PHP's generator wrote by hand before a scenario that has no push. */
const written: Readonly<Record<string, readonly Row[]>> = {
  J: [plain('{bad')],
  K: [{ ...plain('{"job":"Job1","data":1}'), attempts: 255, reserved: 1, reserved_at: 1 }],
}

function plain(payload: string): Row {
  const times = { reserved_at: null, available_at: 1, created_at: 1 }
  return { queue: 'default', attempts: 0, reserved: 0, payload, ...times }
}

/** What ours leaves where it means to do something else than PHP, by scenario and step. */
interface Difference {
  readonly why: string
  readonly left: (before: readonly Row[]) => readonly Partial<Row>[]
  readonly buried: number
}

const differences: Readonly<Record<string, Difference>> = {
  'E/1': {
    why: 'PHP leaves a job that threw an \\Error reserved until expire; ours releases whatever was thrown',
    left: ([row]) => [{ ...row, attempts: 1, reserved: 0, reserved_at: null }],
    buried: 0,
  },
  'G/1': {
    why: 'the last of --tries buries at once; PHP needs one more delivery',
    left: () => [],
    buried: 1,
  },
  'G/2': {
    why: 'PHP deletes what is over its tries; ours keeps it with the failed jobs',
    left: () => [],
    buried: 1,
  },
  'H/1': { why: 'an unknown job is buried, not tried for ever', left: () => [], buried: 1 },
  'J/0': {
    why: 'what is no payload is buried with its bytes; PHP leaves it reserved',
    left: () => [],
    buried: 1,
  },
  'K/0': { why: 'PHP stops at the overflow for ever; ours buries the row', left: () => [], buried: 1 },
}

const steps = all.flatMap((scenario) =>
  scenario.steps.flatMap((step, at) =>
    step.cmd.includes('work.php')
      ? [{ ...scenario, step, at, key: `${scenario.letter}/${at}`, what: step.step }]
      : [],
  ),
)

function flagsOf({ cmd }: Step): WorkOptions {
  const flag = (name: string) => new RegExp(`--${name}=(\\S+)`).exec(cmd)?.[1]
  const expire = flag('expire') ?? '60'
  return {
    once: true,
    maxJobs: 1,
    stopWhenEmpty: true,
    queues: (flag('queue') ?? 'default').split(','),
    tries: Number(flag('tries') ?? 0),
    expireMs: expire === 'null' ? null : Number(expire) * 1_000,
    backoffMs: () => Number(flag('delay') ?? 0) * 1_000,
  }
}

/** Writes the rows that PHP had left before a step, as long ago as they were then. */
async function setUp(rows: readonly Row[], time: number): Promise<void> {
  const [{ now }] = (await tables.sql('SELECT UNIX_TIMESTAMP() AS now')) as [{ now: number }]
  const moved = (at: number | null) => (at === null || at < 1e9 ? at : at - time + now)
  for (const row of rows)
    await tables.sql(`INSERT INTO ${tables.jobs} SET ?`, [
      {
        ...row,
        reserved_at: moved(row.reserved_at),
        available_at: moved(row.available_at),
        created_at: moved(row.created_at),
      },
    ])
}

/** Times up to two seconds apart are the same: the step took a moment, and ours rounds up. */
async function expectRows(expected: readonly Partial<Row>[], time: number): Promise<void> {
  const [{ now }] = (await tables.sql('SELECT UNIX_TIMESTAMP() AS now')) as [{ now: number }]
  const rows = (await tables.sql(`SELECT * FROM ${tables.jobs} ORDER BY id`)) as unknown as Row[]
  expect(rows).toHaveLength(expected.length)
  rows.forEach((row, at) => {
    const { reserved_at = null, available_at = 0, created_at = 0, ...rest } = expected[at]!
    expect(row).toMatchObject(rest)
    for (const [ours, theirs] of [
      [row.reserved_at, reserved_at],
      [row.available_at, available_at],
      [row.created_at, created_at],
    ])
      if (typeof theirs !== 'number' || theirs < 1e9) expect(ours).toBe(theirs)
      else expect(Math.abs(Number(ours) - now - (theirs - time))).toBeLessThanOrEqual(2)
  })
}

const rowsBefore = ({ letter, steps: its, at }: (typeof steps)[number]) =>
  at === 0 ? written[letter]! : rowsOf(its[at - 1]!)

describe('a worker of ours takes over from PHP before a step, and leaves what PHP left', () => {
  it.each(steps.filter(({ key }) => !(key in differences)))('$scenario: $what', async (each) => {
    await setUp(rowsBefore(each), timeOf(each.step))
    const connector = await tables.open()
    await work(connector, flagsOf(each.step))
    await expectRows(rowsOf(each.step), timeOf(each.step))
    expect(await connector.failed.all()).toEqual([])
  })
})

describe('a worker of ours takes over from PHP before a step, and does it otherwise', () => {
  const other = steps.filter(({ key }) => key in differences)

  it('for every difference there is a test', () => {
    expect(other.map(({ key }) => key)).toEqual(Object.keys(differences))
    for (const [step, { why }] of Object.entries(differences)) console.info(`${step}: ${why}`)
  })

  it.each(other)('$scenario: $what', async (each) => {
    const { left, buried } = differences[each.key]!
    await setUp(rowsBefore(each), timeOf(each.step))
    const connector = await tables.open()
    await work(connector, flagsOf(each.step))
    await expectRows(left(rowsBefore(each)), timeOf(each.step))
    expect(await connector.failed.all()).toHaveLength(buried)
  })
})

it('N: what the column cannot hold is refused, where PHP may store a question mark', async () => {
  const connector = await tables.open()
  const body = '{"job":"Job1","data":"😀"}'
  const pushed = connector.push([{ id: 'x', queue: 'default', job: 'Job1', body, delayMs: 0 }])
  await expect(pushed).rejects.toThrow(/Incorrect string value/)
  expect(all.find(({ letter }) => letter === 'N')?.notes?.join('\n')).toContain('"data":"?"')
  expect(await tables.sql(`SELECT * FROM ${tables.jobs}`)).toEqual([])
})

it('there are 14 scenarios, and each is in one of these tests', () => {
  const tested = new Set([...steps.map(({ letter }) => letter), 'N'])
  expect(all.map(({ letter }) => letter).filter((letter) => !tested.has(letter))).toEqual([])
  expect(all).toHaveLength(14)
})
