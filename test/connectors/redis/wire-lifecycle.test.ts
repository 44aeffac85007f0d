import { describe, expect, it } from 'vitest'
import type { Reservation } from '../../../src/contract/connector.ts'
import { reserveOne, work } from '../wire-work.ts'
import {
  flagsOf,
  handled,
  type Place,
  places,
  recordedPlaces,
  replay,
  type Scenario,
  type Step,
  scenarios,
  timeOf,
  wordsOf,
} from './wire-recorded.ts'
import { PhpSide } from './wire-store.ts'

const php = new PhpSide()
const all = scenarios()
const works = (step: Step) => step.cmd.includes('work.php') && step.commands.length > 0
const member = (scenario: Scenario) =>
  handledOf(scenario.steps.find((step) => handled(step) !== null)!).member

/** What ours leaves where it means to do something else than PHP, by scenario and step. */
interface Difference {
  readonly why: string
  readonly left: (scenario: Scenario) => readonly Place[]
  /** How many failed jobs there are then. */
  readonly buried: number
  readonly stopWhenEmpty?: true
}

const untilEmpty = { once: false, maxJobs: Infinity, stopWhenEmpty: true }
const gone = () => []
const key = (ending = '') => `queues:default${ending}`
const poison = 'PHP can read it no more than the others behind it; ours buries it with its bytes and goes on'
const differences: Readonly<Record<string, Difference>> = {
  'E/1': {
    why: 'PHP leaves a job that threw an \\Error reserved until expire; ours releases whatever was thrown',
    left: ({ steps }) => [{ key: key(':delayed'), member: raised(pushed(steps[0]!)), dueIn: 0 }],
    buried: 0,
  },
  'G/1': {
    why: 'the last of --tries buries at once; PHP needs one more delivery for it',
    left: gone,
    buried: 1,
  },
  'H/1': { why: 'an unknown job is buried, not tried for ever', left: gone, buried: 1 },
  'I/1': {
    why: 'without expire ours writes +inf: nobody takes a job whose lease never ends',
    left: ({ steps }) => [{ key: key(':reserved'), member: pushed(steps[0]!), dueIn: Infinity }],
    buried: 0,
  },
  'K/1': { why: 'the last of --tries buries at once', left: gone, buried: 1 },
  'P/0': { why: poison, left: gone, buried: 1, stopWhenEmpty: true },
  'Q/1': {
    why: 'an unknown method is buried; PHP leaves the job reserved until expire',
    left: gone,
    buried: 1,
  },
  'T/0': { why: poison, left: gone, buried: 1 },
  'T/1': { why: poison, left: gone, buried: 1, stopWhenEmpty: true },
  'U/0': { why: 'PHP deletes it unrun; ours keeps it with the failed jobs', left: gone, buried: 1 },
  'U/1': { why: 'what has no attempts cannot be counted, so it is buried', left: gone, buried: 1 },
  'V/0': { why: 'what has no data is buried, not tried for ever', left: gone, buried: 1 },
  'X/0': {
    why: 'a payload of think-queue 3 is left where it is',
    left: (scenario) => [{ key: key(), member: member(scenario) }],
    buried: 0,
  },
  'Y/0': {
    why: 'one script moves what is due, so nobody can come between',
    left: gone,
    buried: 0,
    stopWhenEmpty: true,
  },
}

/** What stood in Redis before a scenario that has no push: PHP's generator wrote it by hand. */
const written: Readonly<Record<string, readonly (readonly [string, ...(string | number)[]])[]>> = {
  'P/0': [['ZADD', key(':reserved'), 1, good(), 2, '{"job":"Job1","data":null,"id":"noattempts"}']],
  'T/0': [['RPUSH', key(), '{bad']],
  'T/1': [['ZADD', key(':reserved'), 1, good()]],
  'U/0': [['RPUSH', key(), '{"job":"Job1","data":1}']],
  'U/1': [['RPUSH', key(), '{"job":"Job1","data":1}']],
  'V/0': [['RPUSH', key(), '{"job":"Job1","id":"x","attempts":1}']],
  'W/0': [['RPUSH', key(), '{"job":"Job1","data":{"中":"/","o":{}},"id":"node1","attempts":1}']],
  'X/0': [
    ['RPUSH', key(), '{"job":"Job1","maxTries":null,"timeout":null,"data":{"a":1},"id":"v3","attempts":0}'],
  ],
  'Y/0': [['ZADD', key(':delayed'), 1, one('a'), 2, one('b')]],
  'Z/0': [
    ['RPUSH', key(), '{"job":"Job1","data":"L1","id":"jEYdnVWukDsiiCjimKKOJuZsFmQkCqRU","attempts":1}'],
  ],
}

function good(): string {
  return one('good')
}

function one(id: string): string {
  return `{"job":"Job1","data":null,"id":"${id}","attempts":1}`
}

function pushed(step: Step): string {
  return String(wordsOf(step.commands[0]!).at(-1))
}

function raised(text: string): string {
  return text.replace(/"attempts":(\d+)}$/, (_, digits: string) => `"attempts":${Number(digits) + 1}}`)
}

function handledOf(step: Step) {
  const what = handled(step)
  if (what === null) throw new Error(`${step.step} settles nothing`)
  return what
}

/** Everything PHP did before a step, at the distances in time it had. */
async function playUpTo({ letter, steps }: Scenario, upTo: number): Promise<void> {
  let last = Number.NaN
  for (let at = 0; at <= upTo; at++) {
    const time = timeOf(steps[at]!)
    if (time > last) await php.pass(time - last)
    last = time
    for (const [command, ...args] of written[`${letter}/${at}`] ?? []) await php.send(command, ...args)
    if (at < upTo) await replay(php, steps[at]!)
  }
}

/** Scores may be up to two seconds apart: PHP's are whole, and its steps took a moment. */
function expectPlaces(actual: readonly Place[], expected: readonly Place[]): void {
  const bare = (each: readonly Place[]) => each.map(({ key, member }) => ({ key, member }))
  expect(bare(actual)).toEqual(bare(expected))
  actual.forEach(({ dueIn = 0 }, at) => {
    const { dueIn: wanted = 0 } = expected[at]!
    if (Number.isFinite(wanted)) expect(Math.abs(dueIn - wanted)).toBeLessThan(2)
    else expect(dueIn).toBe(wanted)
  })
}

it('there are 25 scenarios, and every difference is of one of them', () => {
  expect(all).toHaveLength(25)
  expect(new Set(all.map(({ letter }) => letter)).size).toBe(25)
  const steps = all.flatMap(({ letter, steps }) => steps.map((_, at) => `${letter}/${at}`))
  expect(
    [...Object.keys(differences), ...Object.keys(written)].filter((each) => !steps.includes(each)),
  ).toEqual([])
  for (const [step, { why }] of Object.entries(differences)) console.info(`${step}: ${why}`)
})

it('two scenarios touch no Redis: the sync connector, and queue:subscribe, which PHP cannot run', () => {
  const silent = all.filter(({ steps }) => steps.every(({ commands }) => commands.length === 0))
  expect(silent.map(({ letter }) => letter)).toEqual(['R', 'S'])
})

const taken = all.flatMap((scenario) =>
  scenario.steps.flatMap((step, at) => (works(step) ? [{ scenario, step, at, name: scenario.title }] : [])),
)

describe('a worker of ours takes over from PHP before a step, and leaves what PHP left', () => {
  // O is a worker that is killed: it has a test of its own.
  const same = taken.filter(
    ({ scenario: { letter }, at }) => !(`${letter}/${at}` in differences) && letter !== 'O',
  )

  it.each(same)('$name: $step.step', async ({ scenario, step, at }) => {
    await playUpTo(scenario, at)
    const connector = await php.connector()
    await work(connector, { ...flagsOf(step), stopWhenEmpty: false })
    expectPlaces(await places(php), recordedPlaces(step))
    expect(await connector.failed.all()).toHaveLength(/Failed:|ClassNotFound/.test(step.out.join()) ? 1 : 0)
  })

  it('O: what a killed worker had stays reserved, and comes back with one attempt more', async () => {
    const scenario = all.find(({ letter }) => letter === 'O')!
    await playUpTo(scenario, 1)
    const connector = await php.connector()
    const { body } = await reserveOne(connector)
    expectPlaces(await places(php), recordedPlaces(scenario.steps[1]!))
    await php.pass(61)
    expect(await reserveOne(connector)).toMatchObject({ attempts: 2, body: raised(body) })
  })
})

describe('a worker of ours takes over from PHP before a step, and does it otherwise', () => {
  const other = [...taken, ...all.filter(({ letter }) => letter === 'Y').map(raceOf)].filter(
    ({ scenario: { letter }, at }) => `${letter}/${at}` in differences,
  )

  it('for every difference there is a test', () => {
    expect(other).toHaveLength(Object.keys(differences).length)
  })

  it.each(other)('$name: $step.step', async ({ scenario, step, at }) => {
    const { left, buried, stopWhenEmpty = false } = differences[`${scenario.letter}/${at}`]!
    await playUpTo(scenario, at)
    const connector = await php.connector()
    const flags = stopWhenEmpty
      ? { ...flagsOf(step), ...untilEmpty }
      : { ...flagsOf(step), stopWhenEmpty: false }
    await work(connector, flags)
    expectPlaces(await places(php), left(scenario))
    expect(await connector.failed.all()).toHaveLength(buried)
  })

  function raceOf(scenario: Scenario) {
    return { scenario, step: scenario.steps[0]!, at: 0, name: scenario.title }
  }
})

describe('each side settles what the other reserved', () => {
  const settled = taken.filter(({ scenario: { letter }, step }) => handled(step) !== null && letter !== 'X')

  it.each(settled)(
    'PHP, what ours reserved, and our late settlement is refused: $name: $step.step',
    async ({ step }) => {
      const { queue, member, settling } = handledOf(step)
      await php.send('RPUSH', `queues:${queue}`, member)
      const connector = await php.connector()
      const reservation = await reserveOne(connector, queue)
      expect(reservation.body).toBe(member)
      const [removed] = await replay(php, step, settling)
      expect(removed).toBe(1)
      const left = await places(php)
      expectPlaces(left, placesOfQueue(step, queue))
      for (const settlement of [
        { kind: 'delete', reservation },
        { kind: 'release', reservation, delayMs: 0, spend: true },
        { kind: 'release', reservation, delayMs: 0, spend: false },
        { kind: 'bury', reservation, reason: 'late' },
      ] as const)
        expect(await connector.settle([settlement])).toEqual([settlement])
      expect(await connector.touch([reservation], 60_000)).toEqual([reservation])
      expectPlaces(await places(php), left)
      expect(await connector.failed.all()).toEqual([])
    },
  )

  it.each(settled)('ours, what PHP reserved: $name: $step.step', async ({ step }) => {
    const { queue, member, delay } = handledOf(step)
    await php.send('ZADD', `queues:${queue}:reserved`, (await php.now()) + 60, member)
    const connector = await php.connector()
    const attempts = Number(/"attempts":(\d+)}$/.exec(member)?.[1] ?? 1)
    const reservation: Reservation = { id: 'any', queue, body: member, attempts, receipt: member }
    const refused =
      delay === undefined
        ? await connector.settle([{ kind: 'delete', reservation }])
        : await connector.settle([{ kind: 'release', reservation, delayMs: delay * 1_000, spend: true }])
    expect(refused).toEqual([])
    expectPlaces(await places(php), placesOfQueue(step, queue))
  })

  function placesOfQueue(step: Step, queue: string): readonly Place[] {
    return recordedPlaces(step).filter(({ key }) => key.startsWith(`queues:${queue}:`))
  }
})
