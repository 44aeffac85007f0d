import { foreignQueue } from '../../payload/foreign.ts'

/**
 * Whose member it is when another queue wrote it; null when it is one of ours or PHP's, or nobody's. Laravel and think-queue 3
 * count attempts from 0 and write `maxTries`, think-queue 2 and we do neither, so that only such members need be looked into.
 */
export function foreignMember(body: string): string | null {
  try {
    const payload: unknown = JSON.parse(body)
    if (typeof payload !== 'object' || payload === null) return null
    return foreignQueue(payload as Readonly<Record<string, unknown>>)
  } catch {
    return null
  }
}
