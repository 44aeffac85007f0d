// `npm run chaos -- [--seed 1] [--minutes 3 | --full | --beside] [--store redis] [--out folder] [--evidence folder]`
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Arena, enter, type Fight } from './arena.ts'
import { type ChaosOptions, chaosOptions } from './chaos-options.ts'
import { holds } from './judge.ts'
import { publish } from './published.ts'
import { told } from './report.ts'

const open = new Set<Arena>()

/** One round of all sides at once. */
async function round(
  { sides, roundSeconds, pauseMs, evidence }: ChaosOptions,
  seed: number,
): Promise<readonly Fight[]> {
  try {
    const options = { seed, seconds: roundSeconds, pauseMs, evidence }
    for (const { store, challenge } of sides) open.add(await enter(store, options, challenge))
    return await Promise.all([...open].map((arena) => arena.fight()))
  } finally {
    await closeAll()
  }
}

async function closeAll(): Promise<void> {
  await Promise.all([...open].map((arena) => arena.close()))
  open.clear()
}

/** A round that was kept is not fought again, so that what was interrupted goes on where it was. */
async function kept(options: ChaosOptions, seed: number): Promise<readonly Fight[]> {
  if (options.folder === undefined) return round(options, seed)
  mkdirSync(options.folder, { recursive: true })
  const file = join(options.folder, `seed-${seed}.json`)
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Fight[]
  const fights = await round(options, seed)
  writeFileSync(file, `${JSON.stringify(fights, null, 1)}\n`)
  return fights
}

/** Undefined where it asks for what there is not, which is said. */
function understood(args: readonly string[]): ChaosOptions | undefined {
  try {
    return chaosOptions(args)
  } catch (error) {
    console.error((error as Error).message)
    return undefined
  }
}

async function main(args: readonly string[]): Promise<number> {
  const options = understood(args)
  if (options === undefined) return 2
  if (options.evidence !== undefined) mkdirSync(options.evidence, { recursive: true })
  const fights: Fight[] = []
  for (let at = 0; at < options.rounds; at++) {
    fights.push(...(await kept(options, options.seed + at)))
    console.error(`${at + 1} of ${options.rounds} rounds, seed ${options.seed + at}`)
  }
  console.log(told(fights))
  if (options.isPublished) publish()
  return fights.every(({ judgement }) => holds(judgement)) ? 0 : 1
}

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void closeAll().finally(() => process.exit(1)))
process.exitCode = await main(process.argv.slice(2)).catch((error) => {
  console.error(error)
  return 1
})
