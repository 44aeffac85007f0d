import { type EmptyCommand, examples } from '../commands.ts'
import { withWorkerOptions } from '../work/options.ts'

export function define(command: EmptyCommand): void {
  withWorkerOptions(command)
    .addHelpText(
      'after',
      `
Every job runs in a process of its own with the code as it is on disk, and is killed when it blocks beyond its time-out.
The next process is started ahead; one whose files have changed hands its job to a fresh one. While the configuration
or a job file cannot be loaded, no job is taken. Slower than \`queue work --daemon\`, and without its --http; made for development.
${examples('listen', 'listen --queue reserve_notice --timeout 30')}`,
    )
    .action(async (_, self) => {
      const { listen } = await import('../work/listen.ts')
      await listen(self.optsWithGlobals())
    })
}
