import { accessSync, constants, readFileSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'

const memory = '/dev/shm'
const neededBytes = 2 ** 31

/**
 * Where tests make their folders: in memory, where that is large enough and may hold programs, as a killed process leaves the same
 * there as on a disk, and what waits for a disk is most of what databases do for a test. TMPDIR has precedence.
 */
export function scratchFolder(): string {
  if (process.env.TMPDIR !== undefined) return process.env.TMPDIR
  try {
    accessSync(memory, constants.W_OK)
    const { bavail, bsize } = statfsSync(memory)
    return bavail * bsize >= neededBytes && !isNoexec() ? memory : tmpdir()
  } catch {
    return tmpdir()
  }
}

function isNoexec(): boolean {
  return readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .some(([, folder, , flags = '']) => folder === memory && flags.split(',').includes('noexec'))
}
