import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { QueueClient } from '../../src/queue.ts'
import { jobs, type Project, type Running } from '../cli/project.ts'

/** A job that says which process ran it. */
export const tells = `export default class Tells {
  async fire(job, data) {
    console.log('told ' + data + ' by ' + process.pid)
    await job.delete()
  }
}
`

/** A parent of two workers that has said what it is. */
export async function startedParent(project: Project, ...flags: string[]): Promise<Running> {
  const parent = project.start('work', '--daemon', '--processes', '2', ...flags)
  await parent.says('"started"')
  return parent
}

/** The same with a job under way that says its attempt and its process, and runs until `open` is called. */
export async function startedWaiting(project: Project, queue: QueueClient, ...flags: string[]) {
  const file = join(project.root, 'go')
  const waits = jobs['jobs/Waits.mjs'].replace(`job.attempts)`, `job.attempts + ' in ' + process.pid + '.')`)
  const hears = `process.on('SIGTERM', () => console.log('heard SIGTERM'))\n`
  project.write({ 'jobs/Waits.mjs': hears + waits })
  await queue.push('Waits', { file, folder: project.root })
  const parent = await startedParent(project, ...flags)
  await parent.says('waits 1')
  return { open: () => writeFileSync(file, ''), parent }
}

export function waitingPid({ stdout }: Running): number {
  return Number(/waits \d+ in (\d+)\./.exec(stdout)![1])
}
