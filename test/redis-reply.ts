import { setTimeout as pause } from 'node:timers/promises'
import type { RedisServer } from './redis-server.ts'

/** Asks every 20 ms until the reply is as wanted: for what a server tells nobody by itself. Rejects after 20 s with the last one. */
export async function awaitReply(
  server: Pick<RedisServer, 'cli'>,
  [command, ...args]: readonly [string, ...string[]],
  wanted: string | RegExp,
): Promise<string> {
  const isWanted = (reply: string) => (wanted instanceof RegExp ? wanted.test(reply) : reply.includes(wanted))
  const end = performance.now() + 20_000
  for (;;) {
    const reply = String(await server.cli(command, ...args).catch((error: unknown) => error))
    if (isWanted(reply)) return reply
    if (performance.now() > end)
      throw new Error(`${command} ${args.join(' ')} never answered ${wanted}: ${reply}`)
    await pause(20)
  }
}
