import { type EmptyCommand, examples } from '../commands.ts'

export function define(command: EmptyCommand): void {
  command
    .argument('<Name>', 'such as SendNotice or admin/SendNotice')
    .option('--function', 'one function by defineJob, deleted when it returns, instead of a class')
    .addHelpText(
      'after',
      examples('make:job SendNotice', 'make:job admin/SendNotice', 'make:job Report --function'),
    )
    .action(async (name, _, self) => {
      const { makeJob } = await import('../scaffold/make-job.ts')
      await makeJob(name, self.optsWithGlobals())
    })
}
