// `npm run soak -- [--minutes 5 | --hours 8] [--store redis] [--seed 1] [--out folder] [--write]`
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { drawn } from './drawing.ts'
import { lines, raw } from './report.ts'
import { type SoakOptions, soakOptions } from './soak-options.ts'
import { type Outcome, StoreSoak } from './store-soak.ts'
import { verdicts } from './verdicts.ts'

const results = fileURLToPath(new URL('../../bench/results/', import.meta.url))
/** A short soak has so many rounds at most, as the pauses between them take time too; a round of a long one is a minute. */
const rounds = 24
const longestRoundMs = 60_000

async function soaked({ minutes, seed, stores }: SoakOptions): Promise<Outcome[]> {
  const soaks: StoreSoak[] = []
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void stopAll(soaks).finally(() => process.exit(1)))
  const roundMs = Math.min(longestRoundMs, (minutes * 60_000) / rounds)
  try {
    for (const name of stores) soaks.push(await StoreSoak.start(name, seed))
    const began = performance.now()
    while (performance.now() - began < minutes * 60_000) {
      const moments = await Promise.all(soaks.map((soak) => soak.round(roundMs, began)))
      const jobs = moments.map((moment, at) => `${stores[at]} ${moment.jobs.toLocaleString('en')}`)
      console.error(`${((performance.now() - began) / 60_000).toFixed(1)} min, jobs: ${jobs.join(', ')}`)
    }
    return await Promise.all(soaks.map((soak) => soak.finish()))
  } finally {
    await stopAll(soaks)
  }
}

async function stopAll(soaks: readonly StoreSoak[]): Promise<void> {
  for (const soak of soaks) await soak.stop()
}

/** The folder of the results. */
function kept({ write, out }: SoakOptions, outcomes: readonly Outcome[], report: string): string {
  const folder = write ? results : (out ?? mkdtempSync(join(tmpdir(), 'thinkq-soak-results-')))
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'soak.svg'), drawn(outcomes))
  writeFileSync(join(folder, 'soak.txt'), report)
  writeFileSync(join(folder, 'soak.json'), raw(outcomes))
  return folder
}

async function main(args: readonly string[]): Promise<number> {
  const options = soakOptions(args)
  const outcomes = await soaked(options)
  const judged = outcomes.map((outcome) => ({ outcome, verdicts: verdicts(outcome) }))
  const report = lines(options, judged)
  console.log(`${report}\nwritten to ${kept(options, outcomes, report)}`)
  return judged.every((each) => each.verdicts.every(({ holds }) => holds)) ? 0 : 1
}

process.exitCode = await main(process.argv.slice(2)).catch((error: Error) => {
  console.error(error.message)
  return error.name === 'TypeError' ? 2 : 1
})
