import { MalformedPayload, TriesExhausted } from '../contract/errors.ts'
import type { JobEntry, JobRegistry } from '../contract/job.ts'
import { decodePayload, jobNameOf } from '../payload.ts'
import type { Delivery } from './delivery.ts'
import type { ExecutorOptions } from './options.ts'

type ReadOptions = Pick<ExecutorOptions, 'tries' | 'maxPayload' | 'bigNumbers'>

/**
 * Finds out what a delivery is to run and with what data. Throws `MalformedPayload`, `UnknownJob` or `TriesExhausted` for what is
 * not to run; its name is known then as far as it can be.
 */
export function readDelivery(delivery: Delivery, registry: JobRegistry, options: ReadOptions): JobEntry {
  readPayload(delivery, options)
  const entry = registry.resolve(delivery.name)
  delivery.entry = entry
  delivery.opened = entry.open()
  const tries = entry.tries ?? options.tries
  if (tries > 0 && delivery.attempts > tries) throw new TriesExhausted(delivery.attempts, tries)
  return entry
}

function readPayload(delivery: Delivery, { maxPayload, bigNumbers }: ReadOptions): void {
  const { body, damage } = delivery.reservation
  try {
    if (damage !== undefined) throw new MalformedPayload(damage)
    if (body.length > maxPayload)
      throw new MalformedPayload(`a payload of ${body.length} characters: the limit is ${maxPayload} bytes`)
    const payload = decodePayload(body, bigNumbers)
    delivery.name = payload.job
    delivery.data = payload.data
  } catch (error) {
    delivery.name = jobNameOf(body) ?? '?'
    throw error
  }
}
