import { type EmptyCommand, examples } from '../commands.ts'
import { withWorkerOptions } from '../work/options.ts'

export function define(command: EmptyCommand): void {
  withWorkerOptions(command)
    .addHelpText(
      'after',
      `
Every job runs in a process of its own, which loads the code when it has taken the job, and is killed when the job
blocks beyond its time-out. Slower than \`queue work --daemon\`; made for development.
${examples('listen', 'listen --queue reserve_notice --timeout 30')}`,
    )
    .action(async (_, self) => {
      const { listen } = await import('../work/listen.ts')
      await listen(self.optsWithGlobals())
    })
}
