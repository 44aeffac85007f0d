import type { Cache } from '../../contract/connector.ts'
import type { Ms } from '../../contract/time.ts'
import type { MemoryStore } from './store.ts'

/** The shared values of a memory store; `time` rejects once the connector is closed. */
export function memoryCache(store: MemoryStore, time: (now?: Ms) => Ms): Cache {
  const live = (key: string, now: Ms) => {
    const entry = store.values.get(key)
    if (entry !== undefined && entry.endsAt > now) return entry
    store.values.delete(key)
    return undefined
  }
  const put = (key: string, value: string, ttlMs: Ms | null, now: Ms) => {
    store.values.set(key, { value, endsAt: ttlMs === null ? Infinity : now + ttlMs })
  }
  return {
    async get(key, now) {
      return live(key, time(now))?.value ?? null
    },
    async set(key, value, ttlMs = null, now) {
      put(key, value, ttlMs, time(now))
    },
    async add(key, value, ttlMs = null, now) {
      const at = time(now)
      if (live(key, at) !== undefined) return false
      put(key, value, ttlMs, at)
      return true
    },
    async increment(key, by = 1, now) {
      const entry = live(key, time(now))
      const value = Number(entry?.value ?? 0) + by
      store.values.set(key, { value: String(value), endsAt: entry?.endsAt ?? Infinity })
      return value
    },
    async forget(key, now) {
      const there = live(key, time(now)) !== undefined
      store.values.delete(key)
      return there
    },
  }
}
