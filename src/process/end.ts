/**
 * From any thread: ends this process now, whatever its main thread does. Only a signal can; its parent sees SIGKILL. Process 1 of a
 * container is beyond it.
 */
export function endProcess(): void {
  process.kill(process.pid, 'SIGKILL')
}
