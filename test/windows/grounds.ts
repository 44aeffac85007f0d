import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { someMysql } from '../mysql-server.ts'
import { someRedis } from '../redis-server.ts'
import { onStep, type Step } from './boundary.ts'
import { hookDriver } from './drivers.ts'
import { operationNamed } from './operations.ts'
import { type Place, Rig, type Store } from './rig.ts'

export const stores = ['redis', 'mysql', 'sqlite'] as const

/** A server or a folder, and fresh places on it. */
export interface Grounds {
  readonly store: Store
  /** Of the server; undefined: there is none. */
  readonly port: number | undefined
  /** Where nothing is yet. `port` is another one by which the server is reached. */
  place(port?: number): Place
  stop(): Promise<void>
}

export async function groundsOn(store: Store): Promise<Grounds> {
  hookDriver(store)
  hookDriver('sqlite')
  let made = 0
  const folder = mkdtempSync(join(tmpdir(), 'thinkq-windows-'))
  const removeFolder = () => rmSync(folder, { recursive: true, force: true })
  if (store === 'sqlite') {
    return {
      ...{ store, port: undefined },
      place: () => ({ connector: 'database', dsn: `sqlite:${join(folder, `${++made}.sqlite`)}` }),
      stop: async () => removeFolder(),
    }
  }
  const isRedis = store === 'redis'
  const server = isRedis ? await someRedis() : { ...(await mysql()), prefix: 'w' }
  const address = (port?: number) => {
    const url = new URL(server.url)
    if (port !== undefined) url.port = String(port)
    return String(url)
  }
  return {
    ...{ store, port: Number(new URL(server.url).port) },
    place: (port) => ({
      ...(isRedis
        ? { connector: 'redis', url: address(port) }
        : { connector: 'database', dsn: address(port) }),
      prefix: `${server.prefix}${++made}_`,
      ...(isRedis ? { outbox: join(folder, `outbox-${made}.sqlite`) } : {}),
    }),
    async stop() {
      removeFolder()
      await server.stop()
    },
  }
}

async function mysql(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const { url, stop } = await someMysql()
  return { url, stop }
}

/** What has become of each job, by name. */
export type State = ReadonlyMap<string, string>

/** What an undisturbed operation does, by the requests that it makes. */
export interface Course {
  readonly steps: readonly Step[]
  readonly prefix: string | undefined
  readonly before: State
  readonly after: State
}

export async function courseOf(grounds: Grounds, name: string): Promise<Course> {
  const { prepare, run, recover } = operationNamed(name)
  // The first run teaches a fresh server its scripts.
  await on(grounds.place(), async (rig) => {
    await prepare?.(rig)
    await run(rig)
  })
  const before = await on(grounds.place(), async (rig) => {
    await prepare?.(rig)
    await recover?.(rig)
    return rig.look()
  })
  const place = grounds.place()
  const steps: Step[] = []
  await on(place, async (rig) => {
    await prepare?.(rig)
    const stop = onStep({ before: (step) => steps.push(step) })
    await run(rig)
    stop()
  })
  return { steps, prefix: place.prefix, before, after: await stateOf(place, name) }
}

/** What is there, once all has recovered. */
export function stateOf(place: Place, name: string): Promise<State> {
  return on(place, async (rig) => {
    await operationNamed(name).recover?.(rig)
    return rig.look()
  })
}

async function on<Result>(place: Place, work: (rig: Rig) => Promise<Result>): Promise<Result> {
  const rig = await Rig.open(place)
  try {
    return await work(rig)
  } finally {
    await rig.close()
  }
}
