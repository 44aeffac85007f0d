import type { Command } from '@commander-js/extra-typings'

/** Flags that every command takes. */
export type GlobalFlags = {
  readonly config?: string
  readonly connection?: string
  readonly color: boolean
}

// biome-ignore lint/complexity/noBannedTypes: commander's own way to say that there are no options yet
export type EmptyCommand = Command<[], {}, GlobalFlags>

/** A command as `queue --help` lists it. Its arguments, flags and work are loaded when it is called. */
export interface CommandEntry {
  readonly summary: string
  readonly load: () => Promise<{ readonly define: (command: EmptyCommand) => void }>
}

/** The commands in the order of their help, by group. */
export const commandGroups: Readonly<Record<string, Readonly<Record<string, CommandEntry>>>> = {
  'Running jobs:': {
    work: { summary: 'run the next job, or keep running jobs', load: () => import('./commands/work.ts') },
    listen: {
      summary: 'run each job in a fresh process, with the code as it is on disk',
      load: () => import('./commands/listen.ts'),
    },
  },
  'Moving jobs:': {
    relay: {
      summary: 'move jobs from the outbox of your database to Redis, as every worker does',
      load: () => import('./commands/relay.ts'),
    },
  },
  'Putting jobs in, looking at them, mending:': {
    push: { summary: 'put a job into a queue', load: () => import('./commands/push.ts') },
    size: { summary: 'count the jobs of queues', load: () => import('./commands/size.ts') },
    workers: {
      summary: 'list who takes jobs, and what they run',
      load: () => import('./commands/workers.ts'),
    },
    consumers: {
      summary: 'find who takes jobs without being registered',
      load: () => import('./commands/consumers.ts'),
    },
    failed: { summary: 'list the failed jobs, or show one', load: () => import('./commands/failed.ts') },
    retry: { summary: 'put failed jobs back into their queues', load: () => import('./commands/retry.ts') },
    forget: { summary: 'remove failed jobs', load: () => import('./commands/forget.ts') },
    flush: { summary: 'remove all failed jobs', load: () => import('./commands/flush.ts') },
    clear: { summary: 'remove the waiting jobs of a queue', load: () => import('./commands/clear.ts') },
    pause: { summary: 'make all workers leave queues alone', load: () => import('./commands/pause.ts') },
    resume: { summary: 'end a pause', load: () => import('./commands/resume.ts') },
    restart: {
      summary: 'make all workers finish their jobs and end',
      load: () => import('./commands/restart.ts'),
    },
  },
  'Setting up:': {
    init: {
      summary: 'write a configuration, a first job and its test',
      load: () => import('./commands/init.ts'),
    },
    'make:job': { summary: 'write a new job and its test', load: () => import('./commands/make-job.ts') },
    table: {
      summary: 'print or create the tables of the queue in your database',
      load: () => import('./commands/table.ts'),
    },
    'failed-table': {
      summary: 'print or create the table of failed jobs',
      load: () => import('./commands/failed-table.ts'),
    },
    service: {
      summary: 'print what supervisor, systemd, pm2 or docker need to run the workers',
      load: () => import('./commands/service.ts'),
    },
    completion: {
      summary: 'print what bash, zsh or fish need to complete commands and flags',
      load: () => import('./commands/completion.ts'),
    },
  },
}

/** Reads a value that has `choices` for help and completion: the command refuses others itself, and says what was meant. */
export function asTyped(text: string): string {
  return text
}

/** The examples that end the help of a command. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ queue ${line}`).join('\n')}`
}
