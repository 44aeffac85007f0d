import { execFileSync } from 'node:child_process'

/** Makes a folder a disk of its own, so small that it can be filled up; or says why this machine lets nobody do that. */
export function mountDisk(
  folder: string,
  megabytes: number,
): { readonly unmount: () => void } | { readonly reason: string } {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder], { stdio: 'pipe' })
  } catch (error) {
    return { reason: String(error instanceof Error ? error.message : error) }
  }
  return { unmount: () => void execFileSync('umount', ['-l', folder]) }
}
