import { type EmptyCommand, examples } from '../commands.ts'

export function define(command: EmptyCommand): void {
  command
    .argument('[queues...]', 'names, or lists such as a,b (default: the configured queue)')
    .option('--json', 'one JSON object a line')
    .addHelpText('after', examples('size', 'size reserve_notice default', 'size reserve_notice --json'))
    .action(async (names, _, self) => {
      const flags = self.optsWithGlobals()
      const [{ queuesOf, withStore }, output] = await Promise.all([
        import('../session.ts'),
        import('../output.ts'),
      ])
      await withStore(flags, async (store, { connection }) => {
        const queues = queuesOf(names, connection.default)
        const sizes = await Promise.all(
          queues.map(async (queue) => ({ queue, ...(await store.size(queue)) })),
        )
        if (flags.json) {
          sizes.forEach(output.printJson)
          return
        }
        const { table } = await import('../table.ts')
        const rows = sizes.map(({ queue, ready, delayed, reserved, failed, oldestMs }) => {
          const age = oldestMs === null ? '-' : output.duration(oldestMs)
          return [output.oneLine(queue), ...[ready, delayed, reserved, failed].map(String), age]
        })
        const style = output.styleOf(output.wantsColors(flags.color))
        output.print(table(['queue', 'ready', 'delayed', 'reserved', 'failed', 'oldest'], rows, style))
      })
    })
}
