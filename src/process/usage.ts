import type { ProcessUsage } from '../contract/report.ts'

/** What this process has used, its threads included. */
export function processUsage(): ProcessUsage {
  const { user, system } = process.cpuUsage()
  const cpu = (user + system) / 1_000_000
  return { cpu, residentBytes: residentBytes(), startedAt: performance.timeOrigin / 1_000 }
}

/** It is read from a file, which cannot be opened when no file descriptor is left. */
function residentBytes(): number | undefined {
  try {
    return process.memoryUsage.rss()
  } catch {
    return undefined
  }
}
