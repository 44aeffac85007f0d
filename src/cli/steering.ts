import { ConfigError } from '../contract/errors.ts'
import { everyQueue } from '../control.ts'
import type { GlobalFlags } from './commands.ts'
import { oneLine, print, printJson } from './output.ts'
import { queuesOf, withStore } from './session.ts'

interface PauseFlags extends GlobalFlags {
  readonly all?: true | undefined
  readonly json?: true | undefined
}

/** Every worker of these queues, wherever it runs, takes no more jobs from them within a second. */
export async function pauseQueues(names: readonly string[], flags: PauseFlags): Promise<void> {
  await withStore(flags, async (_, context) => {
    const queues = namedQueues(names, flags, context.connection.default)
    const paused = await context.control().pause(queues)
    if (flags.json) return printJson({ paused })
    print(`Paused: ${listed(paused)}. Workers finish what runs and take nothing more; queue resume ends it.`)
  })
}

export async function resumeQueues(names: readonly string[], flags: PauseFlags): Promise<void> {
  await withStore(flags, async (_, context) => {
    const queues = namedQueues(names, flags, context.connection.default)
    const paused = await context.control().resume(queues)
    if (flags.json) return printJson({ paused })
    print(paused.length === 0 ? 'Nothing is paused.' : `Still paused: ${listed(paused)}.`)
    if (paused.includes(everyQueue)) print('A pause of every queue is ended by queue resume --all.')
  })
}

/** Every worker of the store finishes what runs and ends; what supervises it starts it anew, with the new code. */
export async function restartWorkers(flags: GlobalFlags): Promise<void> {
  await withStore(flags, async (_, context) => {
    await context.control().restart()
    print(`Restart signal sent: the workers of ${context.name} finish their jobs and end.`)
  })
}

function namedQueues(names: readonly string[], { all }: PauseFlags, fallback: string): readonly string[] {
  if (!all) return queuesOf(names, fallback)
  if (names.length > 0) throw new ConfigError('name the queues or say --all, not both')
  return [everyQueue]
}

function listed(queues: readonly string[]): string {
  return queues.map((queue) => (queue === everyQueue ? 'every queue' : oneLine(queue))).join(', ')
}
