import { execFileSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Tests of the command line run `bin/queue.js`, which needs the build: made once when a source is newer than it. */
export default function build(): void {
  if (newest(`${root}src`) <= newest(`${root}dist`)) return
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' })
}

/** When the newest file of a folder was written; 0 without one. */
function newest(folder: string): number {
  try {
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    )
    return files.reduce(
      (latest, { parentPath, name }) => Math.max(latest, statSync(`${parentPath}/${name}`).mtimeMs),
      0,
    )
  } catch {
    return 0
  }
}
