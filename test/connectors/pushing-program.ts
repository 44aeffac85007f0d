import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const library = fileURLToPath(new URL('../../dist/index.js', import.meta.url))

/** Runs a program that pushes one job and never closes its queue; answers what it printed once it ended by itself. */
export function ended(connection: object, after = ''): Promise<{ code: number | null; said: string }> {
  const program = `
    const { createQueue } = await import(${JSON.stringify(library)})
    const queue = createQueue(${JSON.stringify(connection)})
    const id = await queue.push('J', 1).catch((error) => error.code)
    process.stdout.write(String(id))
    ${after}`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'pipe' })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (said += String(part)))
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, said })))
}
