import { createInterface } from 'node:readline/promises'
import { ConfigError } from '../contract/errors.ts'
import type { GlobalFlags } from './commands.ts'
import { Exit } from './failure.ts'
import { oneLine, print } from './output.ts'
import { withProgress } from './progress.ts'
import { queuesOf, withStore } from './session.ts'

/** Empties a queue of what is not running, after asking. */
export async function clearQueue(
  name: string | undefined,
  flags: GlobalFlags & { readonly force?: true | undefined },
): Promise<void> {
  await withStore(flags, async (store, { connection, name: on }) => {
    const queues = queuesOf(name === undefined ? [] : [name], connection.default)
    if (queues.length > 1) throw new ConfigError('clear empties one queue at a time')
    const queue = queues[0]!
    const { ready, delayed, reserved } = await store.size(queue)
    if (!flags.force) await ask(`Remove the ${ready + delayed} waiting jobs of ${oneLine(queue)} on ${on}?`)
    const count = await withProgress(`clearing ${oneLine(queue)}`, () => store.clear(queue))
    const left = reserved === 0 ? '' : ` ${counted(reserved)} with workers left alone.`
    print(`${counted(count)} removed from ${oneLine(queue)}.${left}`)
  })
}

function counted(count: number): string {
  return count === 1 ? '1 job' : `${count} jobs`
}

async function ask(question: string): Promise<void> {
  if (!process.stdin.isTTY)
    throw new ConfigError('clear removes jobs for good: say --force where nobody can be asked')
  const prompt = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = await prompt.question(`${question} (y/N) `)
    if (/^y(es)?$/i.test(answer.trim())) return
    print('Nothing was removed.')
    throw new Exit(1)
  } finally {
    prompt.close()
  }
}
