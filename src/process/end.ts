/** From any thread: ends this process now, whatever its main thread does. Only a signal can; its parent sees SIGKILL. */
export function endProcess(): void {
  process.kill(process.pid, 'SIGKILL')
}
