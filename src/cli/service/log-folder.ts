import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'

/** Makes the folder and answers what there is to say of that. Where it may not be made somebody else must. */
export async function makeLogFolder(folder: string): Promise<readonly string[]> {
  if (existsSync(folder)) return []
  try {
    await mkdir(folder, { recursive: true })
    return [`note: made the folder of the log files, ${folder}`]
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return [
      `warning: the folder of the log files could not be made (${code}); make it first: mkdir -p '${folder}'`,
    ]
  }
}
