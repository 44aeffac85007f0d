/** Output to a reader that has gone away (`queue failed | head`) is dropped instead of ending the process. */
export function tolerateClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.off('error', throwUnlessClosed)
    stream.on('error', throwUnlessClosed)
  }
}

function throwUnlessClosed(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}

/** Resolves when everything written so far is out of this process: where output is asynchronous, ending earlier would lose it. */
export async function flushStreams(): Promise<void> {
  await Promise.all([process.stdout, process.stderr].map(flush))
}

function flush(stream: NodeJS.WriteStream): Promise<void> | undefined {
  if (stream.writableLength === 0) return undefined
  return new Promise((resolve) => stream.write('', () => resolve()))
}
