import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packageFolder } from '../process/own-package.ts'

const source = join(packageFolder, 'config', 'queue.config.ts')

/** The commented configuration that `queue init` writes: this package's own, with the job folder of the new project. */
export async function configTemplate(jobs = './jobs'): Promise<string> {
  const text = await readFile(source, 'utf8')
  return text.replace(/^ {2}jobs: '.*',$/m, () => `  jobs: '${jobs}',`)
}
