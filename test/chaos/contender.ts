import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isPullConnector } from '../../src/contract/connector.ts'
import { createQueue } from '../../src/facade.ts'
import type { Project } from '../cli/project.ts'
import type { ChaosStore } from './chaos-store.ts'
import type { Program } from './fighter.ts'
import type { Failed } from './judge.ts'

/** A queue system whose processes are put through it. */
export interface Contender {
  readonly name: string
  /** Runs that many jobs at once in each of its processes; more than one is kept going by a parent. */
  worker(processes: number): Program
  /** Pushes without end, and says what was stored. */
  producer(): Program
  /** Jobs that are not over, asked for on a straight way to which nothing is done. */
  left(): Promise<number>
  /** The jobs that were given up. */
  failed(): Promise<readonly Failed[]>
  close(): Promise<void>
}

/** Puts a system on a store of the caller's own. */
export type Challenge = (project: Project, store: ChaosStore) => Promise<Contender>

/** Of each process. */
export const concurrency = 4
/** How long an idle worker of ours waits at most. */
export const sleepSeconds = 1

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/** This package, by its command line. */
export const thinkq: Challenge = async (project, store) => {
  project.write({ 'producer.mjs': readFileSync(here('producer.mjs'), 'utf8') })
  const queue = createQueue(store.configOf(store.port), { root: project.root })
  const { connector } = await queue.open()
  if (!isPullConnector(connector)) throw new Error(`${connector.name} is no queue`)
  const written = new Set<string>()
  /** Once: others may read it at any time. */
  const configFile = (port: number | undefined) => {
    const name = `chaos-${port ?? 'file'}.config.mjs`
    const config = { ...store.configOf(port), jobs: here('./jobs') }
    if (!written.has(name)) project.write({ [name]: `export default ${JSON.stringify(config)}` })
    written.add(name)
    return name
  }
  return {
    name: 'thinkq',
    worker: (processes) => (port) => {
      const name = configFile(port)
      const flags = [`--sleep=${sleepSeconds}`, `--concurrency=${concurrency}`, `--config=${name}`]
      const several = processes === 1 ? [] : [`--processes=${processes}`]
      return { args: [project.bin, 'work', '--daemon', '--queue=chaos', ...flags, ...several], env: {} }
    },
    producer: () => (port) => ({
      args: [join(project.root, 'producer.mjs')],
      env: { CHAOS_CONFIG: JSON.stringify(store.configOf(port)), CHAOS_PUSHING: here('./pushing.mjs') },
    }),
    left: async () => {
      const { ready, delayed, reserved } = await queue.size('chaos')
      return ready + delayed + reserved
    },
    failed: async () =>
      (await connector.failed.all()).map(({ body, reason }) => {
        const { data } = JSON.parse(body) as { data: { n: string } }
        return { job: data.n, why: reason.split('\n')[0]! }
      }),
    close: () => queue.close(),
  }
}
