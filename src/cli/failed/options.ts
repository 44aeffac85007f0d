import type { EmptyCommand } from '../commands.ts'

/** The flags that say which failed jobs are meant. Their texts are read by `selection.ts` when the command runs. */
export function withFilterOptions(command: EmptyCommand) {
  return command
    .option('--queue <name>', 'only those of one queue')
    .option('--job <name>', 'only jobs of this name, all tasks of it unless it says one: Job2, Job2@task1')
    .option('--since <time>', 'only what failed from then on: 1h, 2d, 2026-11-22, "2026-11-22 15:49:38"')
    .option('--until <time>', 'only what failed until then, in the same words')
    .option('--error <text>', 'only those whose error has that in it, in whatever capitals')
}
