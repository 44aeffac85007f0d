import { type Defect, defect } from './defect.ts'

const aged = 'whoever noted a text is listed with its age, until it leaves'

export const brokenRoster: readonly Defect[] = [
  defect('lists workers that have left', aged, () => ({ roster: { leave: async () => undefined } })),
  defect('tells nobody’s age', aged, (intact) => ({
    roster: { all: async (now) => (await intact.roster!.all(now)).map((entry) => ({ ...entry, ageMs: 0 })) },
  })),
  defect('lists one worker only', aged, (intact) => ({
    roster: { all: async (now) => (await intact.roster!.all(now)).slice(0, 1) },
  })),
  defect('forgets no worker', 'who does not note in time is gone', (intact) => ({
    roster: { note: (id, text, _, now) => intact.roster!.note(id, text, Number.MAX_SAFE_INTEGER, now) },
  })),
  defect(
    'keeps the first text of a worker',
    'a text noted again replaces the one before and is as young as that',
    (intact) => {
      const first = new Map<string, string>()
      return {
        roster: {
          note: (id, text, ttlMs, now) => {
            if (!first.has(id)) first.set(id, text)
            return intact.roster!.note(id, first.get(id)!, ttlMs, now)
          },
        },
      }
    },
  ),
  defect(
    'keeps workers among the cached values',
    'the roster and cached values of the same names do not touch each other',
    ({ cache, roster }) => ({
      roster: {
        note: async (id, text, ttlMs, now) => {
          await cache.set(id, text, ttlMs, now)
          await roster!.note(id, text, ttlMs, now)
        },
      },
    }),
  ),
]
