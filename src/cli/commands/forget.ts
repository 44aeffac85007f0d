import { type EmptyCommand, examples } from '../commands.ts'

export function define(command: EmptyCommand): void {
  command
    .argument('<ids...>', 'ids as `queue failed` lists them')
    .addHelpText('after', examples('forget 12', 'forget 12 15'))
    .action(async (ids, _, self) => {
      const { forgetFailed } = await import('../failed/remove.ts')
      await forgetFailed(ids, self.optsWithGlobals())
    })
}
