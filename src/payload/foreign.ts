/** Whose payload it is when another queue wrote it; null when nothing says so. */
export function foreignQueue(payload: Readonly<Record<string, unknown>>): string | null {
  if (isLaravel(payload)) {
    return "this is Laravel's payload: Laravel's queues have the same names in Redis, so give one of the two its own database or queue name"
  }
  if (Object.hasOwn(payload, 'maxTries') || Object.hasOwn(payload, 'timeout')) {
    return "this is think-queue 3's payload (it has maxTries or timeout): a queue is shared with think-queue 2 only, so give it another name"
  }
  return null
}

function isLaravel(payload: Readonly<Record<string, unknown>>): boolean {
  if (Object.hasOwn(payload, 'displayName') || Object.hasOwn(payload, 'uuid')) return true
  return typeof payload.job === 'string' && payload.job.startsWith('Illuminate\\')
}
