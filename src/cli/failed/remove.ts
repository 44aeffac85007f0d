import { parseHours } from '../../config/units.ts'
import { systemClock } from '../../process/clock.ts'
import type { GlobalFlags } from '../commands.ts'
import { print } from '../output.ts'
import { withProgress } from '../progress.ts'
import { withStore } from '../session.ts'
import { counted, refuseMissing } from './words.ts'

/** Ends with code 1 when one of the ids is not there. */
export async function forgetFailed(ids: readonly string[], flags: GlobalFlags): Promise<void> {
  const { known, count } = await withStore(flags, async ({ failed }) => ({
    known: (await failed.all({ ids })).map(({ id }) => id),
    count: await failed.forget(ids),
  }))
  print(`${counted(count)} forgotten.`)
  refuseMissing(ids, known)
}

export async function flushFailed(
  flags: GlobalFlags & { readonly hours?: string | undefined },
): Promise<void> {
  const hours = flags.hours === undefined ? undefined : parseHours(flags.hours, '--hours')
  const before = hours === undefined ? undefined : systemClock.wall() - hours * 3_600_000
  const count = await withStore(flags, ({ failed }) =>
    withProgress('removing failed jobs', () => failed.flush(before)),
  )
  print(`${counted(count)} removed.`)
}
