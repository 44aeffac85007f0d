import type { FailedJob } from '../../contract/connector.ts'
import { ConfigError } from '../../contract/errors.ts'
import { decodePayload, jobNameOf, prettyPayload } from '../../payload.ts'
import type { GlobalFlags } from '../commands.ts'
import { oneLine, print, printJson, safeLines, stamp, styleOf, wantsColors } from '../output.ts'
import { redact } from '../secrets.ts'
import { withStore } from '../session.ts'
import type { FilterFlags } from './selection.ts'
import { record, refuseMissing } from './words.ts'

interface ShowFlags extends GlobalFlags, FilterFlags {
  readonly json?: true | undefined
}

/** All that is known of one failed job. Ends with code 1 when it is not there. */
export async function showFailed(id: string, flags: ShowFlags): Promise<void> {
  const filter = (['queue', 'job', 'since', 'until', 'error'] as const).find(
    (flag) => flags[flag] !== undefined,
  )
  if (filter !== undefined)
    throw new ConfigError(`failed show takes an id, which leaves nothing for --${filter} to choose`)
  const [job] = await withStore(flags, ({ failed }) => failed.all({ ids: [id] }))
  if (job === undefined) return refuseMissing([id], [])
  if (flags.json) return printJson({ ...record(job), attempts: attemptsOf(job) ?? null })
  const { grey, red } = styleOf(wantsColors(flags.color))
  for (const [name, value] of facts(job)) print(`  ${grey(name.padEnd(10))}  ${value}`)
  const [first, ...rest] = safeLines(redact(job.reason).trimEnd()).split('\n')
  print(`\n${[red(first!), ...rest].join('\n')}`)
  const { part, text } = prettyPayload(job.body, redact)
  print(`\n${grey(part)}\n${safeLines(redact(text))}`)
}

function facts(job: FailedJob): readonly (readonly [name: string, value: string])[] {
  const attempts = attemptsOf(job)
  return [
    ['id', oneLine(job.id)],
    ['job', oneLine(jobNameOf(job.body) ?? '?')],
    ['queue', oneLine(job.queue)],
    ['connection', oneLine(job.connection)],
    ['failed at', stamp(new Date(job.failedAt))],
    ...(attempts === undefined ? [] : ([['attempts', String(attempts)]] as const)),
  ]
}

/** Known where the payload itself counts them, as on Redis. */
function attemptsOf({ body }: FailedJob): number | undefined {
  try {
    return decodePayload(body, 'string').attempts
  } catch {
    return undefined
  }
}
