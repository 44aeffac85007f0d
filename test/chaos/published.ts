import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Fight } from './arena.ts'
import { reliability } from './report.ts'
import type { Loss } from './servers/loss.ts'

/** Where the rounds of the page are kept: of this package on all stores, of it beside others on Redis, and of servers that are not safe. */
export const results = {
  full: 'bench/results/chaos',
  beside: 'bench/results/chaos-beside',
  servers: 'bench/results/chaos-servers',
}

/** Writes the page of the documentation of all that was kept. */
export function publish(): void {
  const bySeed = (one: Fight, other: Fight) => one.seed - other.seed
  const [full, beside] = [results.full, results.beside].map((folder) =>
    keptIn<Fight>(folder).toSorted(bySeed),
  )
  writeFileSync('docs/reliability.md', reliability(full!, beside!, keptIn<Loss>(results.servers)))
}

function keptIn<Kept>(folder: string): readonly Kept[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder).flatMap((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Kept[])
}
