import { type EmptyCommand, examples } from '../commands.ts'

export function define(command: EmptyCommand): void {
  command.addHelpText('after', examples('restart')).action(async (_, self) => {
    const { restartWorkers } = await import('../steering.ts')
    await restartWorkers(self.optsWithGlobals())
  })
}
