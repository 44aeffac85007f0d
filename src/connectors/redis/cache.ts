import type { Cache } from '../../contract/connector.ts'
import type { Ms } from '../../contract/time.ts'
import type { Keys } from './keys.ts'
import type { Link } from './link.ts'
import { addScript, dropScript, getScript, incrementScript, restartScript, setScript } from './lua/cache.ts'
import { secondsOrNone } from './seconds.ts'

/** Where the signal to restart is kept: PHP's workers read it too when its cache is this Redis. */
export interface RestartKey {
  readonly key: string
  /** Another link when PHP's cache is in another database. */
  readonly link: () => Promise<Link>
}

/** Small shared values, as `thinkq:cache:*`. A change of `control` is broadcast; `restart` is PHP's own key. */
export class RedisCache implements Cache {
  readonly #link: () => Promise<Link>
  readonly #keys: Keys
  readonly #restart: RestartKey

  constructor(link: () => Promise<Link>, keys: Keys, restart: RestartKey) {
    this.#link = link
    this.#keys = keys
    this.#restart = restart
  }

  async get(key: string, now?: Ms): Promise<string | null> {
    if (key === 'restart') {
      const link = await this.#restart.link()
      return (await link.send('GET', [this.#restart.key])) as string | null
    }
    const link = await this.#link()
    return (await link.run(getScript, [this.#keys.cache(key)], [secondsOrNone(now)])) as string | null
  }

  async set(key: string, value: string, ttlMs: Ms | null = null, now?: Ms): Promise<void> {
    const link = await this.#link()
    await link.run(setScript, [this.#keys.cache(key)], [secondsOrNone(now), ttlMs ?? '', value])
  }

  async add(key: string, value: string, ttlMs: Ms | null = null, now?: Ms): Promise<boolean> {
    const link = await this.#link()
    return (
      (await link.run(addScript, [this.#keys.cache(key)], [secondsOrNone(now), ttlMs ?? '', value])) === 1
    )
  }

  async increment(key: string, by = 1, now?: Ms): Promise<number> {
    if (key === 'restart') {
      const link = await this.#restart.link()
      return Number(await link.run(restartScript, [this.#restart.key], []))
    }
    const link = await this.#link()
    const sum = await link.run(incrementScript, [this.#keys.cache(key)], [secondsOrNone(now), by])
    if (key === 'control') await link.send('PUBLISH', [this.#keys.control, sum as string])
    return Number(sum)
  }

  async forget(key: string, now?: Ms): Promise<boolean> {
    const link = await this.#link()
    return (await link.run(dropScript, [this.#keys.cache(key)], [secondsOrNone(now)])) === 1
  }

  /** Our own changes and PHP's restart, by plain reads. */
  async revision(): Promise<string> {
    const [link, restart] = await Promise.all([this.#link(), this.#restart.link()])
    const { key } = this.#restart
    const control = this.#keys.cache('control')
    if (link === restart && !link.isCluster)
      return ((await link.send('MGET', [control, key])) as (string | null)[]).join()
    return (await Promise.all([link.send('GET', [control]), restart.send('GET', [key])])).join()
  }
}
