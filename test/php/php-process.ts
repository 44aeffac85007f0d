import { spawnSync } from 'node:child_process'
import { onTestFinished } from 'vitest'
import { Running } from '../cli/project.ts'

/** The folder of the real library's sources, where somebody has them. */
export const thinkQueue = process.env.QUEUE_TEST_THINK_QUEUE

/** What is missing to run PHP workers. */
export const missingOfPhp = ['PDO_MYSQL', 'redis'].filter((each) => {
  const { stdout } = spawnSync('php', ['-m'], { encoding: 'utf8' })
  return !stdout?.toLowerCase().includes(each.toLowerCase())
})

/** A script of this folder, ended when the test ends. */
export function php(script: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
  const file = new URL(script, import.meta.url).pathname
  const library = thinkQueue === undefined ? {} : { QUEUE_TEST_THINK_QUEUE: thinkQueue }
  const running = new Running([], '/', { ...library, ...env }, '', ['exec php', file, ...args].join(' '))
  onTestFinished(async () => {
    running.signal('SIGKILL')
    await running.ended
  })
  return running
}
