import { type EmptyCommand, examples } from '../commands.ts'

export function define(command: EmptyCommand): void {
  command
    .option('--jobs <folder>', 'the folder of the job modules', './jobs')
    .addHelpText(
      'after',
      `\nWrites queue.config.ts, a first job and its test into the working directory. What exists is left alone.
The configuration is TypeScript in every project: it is loaded without a compiler and an editor checks it.
${examples('init', 'init --jobs src/jobs')}`,
    )
    .action(async ({ jobs }) => {
      const { init } = await import('../scaffold/init.ts')
      await init(process.cwd(), jobs)
    })
}
