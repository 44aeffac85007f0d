import { createHash, randomBytes } from 'node:crypto'
import type { Cache } from '../contract/connector.ts'
import type { Clock, Ms } from '../contract/time.ts'

/** How long the lock of a relay that died keeps the others away. */
const lifeMs: Ms = 3_000
const renewMs: Ms = 1_000

interface LockParts {
  readonly cache: Cache
  readonly clock: Clock
  /** What is relayed, by one name in all processes. */
  readonly name: () => Promise<string>
}

/** Says which relay is the active one. It spares work; that no row is moved twice does not depend on it. */
export class RelayLock {
  readonly #parts: LockParts
  #key = ''
  readonly #owner = randomBytes(9).toString('base64url')
  /** When it was last taken or renewed, monotonic. */
  #heldAt: Ms = -Infinity

  constructor(parts: LockParts) {
    this.#parts = parts
  }

  /** Takes or renews it. */
  async hold(): Promise<boolean> {
    const { cache, clock, name } = this.#parts
    if (this.#key === '')
      this.#key = `relay:${createHash('sha256')
        .update(await name())
        .digest('base64url')
        .slice(0, 16)}`
    const now = clock.monotonic()
    const ageMs = now - this.#heldAt
    if (ageMs < renewMs) return true
    if (ageMs < lifeMs) await cache.set(this.#key, this.#owner, lifeMs)
    else if (!(await cache.add(this.#key, this.#owner, lifeMs))) return false
    this.#heldAt = now
    return true
  }

  async release(): Promise<void> {
    const { cache } = this.#parts
    if (this.#heldAt === -Infinity) return
    if ((await cache.get(this.#key)) === this.#owner) await cache.forget(this.#key)
    this.#heldAt = -Infinity
  }
}
