import { parsePositiveCount } from '../../config/units.ts'
import type { FailedJob } from '../../contract/connector.ts'
import { ConfigError } from '../../contract/errors.ts'
import { jobNameOf } from '../../payload.ts'
import type { GlobalFlags } from '../commands.ts'
import { oneLine, print, printJson, shortened, stamp, styleOf, wantsColors } from '../output.ts'
import { withProgress } from '../progress.ts'
import { redact } from '../secrets.ts'
import { withStore } from '../session.ts'
import { table } from '../table.ts'
import { type FilterFlags, selected, selectionOf } from './selection.ts'
import { record } from './words.ts'

interface ListFlags extends GlobalFlags, FilterFlags {
  readonly limit: string
  readonly json?: true | undefined
}

/** Newest first. The table shows the first line of each error and never the payload. `words` are what no command is called. */
export async function listFailed(words: readonly string[], flags: ListFlags): Promise<void> {
  if (words.length > 0) throw unknownWords(words)
  const limit = parsePositiveCount(flags.limit, '--limit')
  const selection = selectionOf(flags)
  await withStore(flags, async ({ failed }) => {
    const pages = selected(failed, selection, limit)
    if (!flags.json) return printTable(await allOf(pages), limit, flags)
    for await (const page of pages) for (const job of page) printJson(record(job))
  })
}

function allOf(pages: AsyncGenerator<readonly FailedJob[]>): Promise<readonly FailedJob[]> {
  return withProgress('looking through the failed jobs', async (progress) => {
    const jobs: FailedJob[] = []
    for await (const page of pages) {
      jobs.push(...page)
      progress.add(page.length)
    }
    return jobs
  })
}

function printTable(jobs: readonly FailedJob[], limit: number, { color, ...flags }: ListFlags): void {
  if (jobs.length === 0) {
    print(isFiltered(flags) ? 'No such failed jobs.' : 'No failed jobs.')
    return
  }
  print(table(['id', 'queue', 'job', 'failed at', 'error'], jobs.map(row), styleOf(wantsColors(color))))
  if (jobs.length === limit) print(`  The newest ${limit}; --limit shows more.`)
}

function isFiltered({ queue, job, since, until, error }: FilterFlags): boolean {
  return [queue, job, since, until, error].some((flag) => flag !== undefined)
}

function row({ id, queue, body, reason, failedAt }: FailedJob): readonly string[] {
  const error = shortened(oneLine(redact(reason.split('\n', 1)[0]!)), 80)
  const job = shortened(oneLine(jobNameOf(body) ?? '?'), 60)
  return [oneLine(id), oneLine(queue), job, stamp(new Date(failedAt)), error]
}

/** What is given besides flags is an id, or `show` that was mistyped before one. */
function unknownWords(words: readonly string[]): ConfigError {
  const [first, id] = [words[0]!, words.at(-1)!].map(oneLine)
  return new ConfigError(`failed takes no "${first}"; did you mean queue failed show ${id}?`)
}
