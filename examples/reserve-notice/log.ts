/** Where this application writes what it does: standard error, so that standard output stays the worker's own. */
export const log = {
  info(message: string): void {
    process.stderr.write(`${new Date().toISOString()} ${message}\n`)
  },
}
