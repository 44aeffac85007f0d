import type { Roster } from '../../contract/roster.ts'
import type { Ms } from '../../contract/time.ts'
import type { MemoryStore } from './store.ts'

/** Who works on a memory store; `time` rejects once the connector is closed. */
export function memoryRoster({ workers }: MemoryStore, time: (now?: Ms) => Ms): Roster {
  return {
    async note(id, text, ttlMs, now) {
      const at = time(now)
      workers.set(id, { text, at, endsAt: at + ttlMs })
    },
    async leave(id) {
      time()
      workers.delete(id)
    },
    async all(now) {
      const present = time(now)
      for (const [id, { endsAt }] of workers) if (endsAt <= present) workers.delete(id)
      return [...workers].map(([id, { text, at }]) => ({ id, text, ageMs: present - at }))
    },
  }
}
