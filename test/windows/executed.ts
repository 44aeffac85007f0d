import { type Profiler, Session } from 'node:inspector/promises'

/** One place in a module as it is run. */
export interface Site {
  /** Path below `src`. */
  readonly file: string
  /** Its line, without what surrounds it. */
  readonly line: string
  readonly wasRun: boolean
}

/** Looks for places in modules, and whether they were run. What is loaded before `begin` counts from then on. */
export class Executed {
  readonly #session = new Session()

  async begin(): Promise<void> {
    this.#session.connect()
    await this.#session.post('Profiler.enable')
    await this.#session.post('Debugger.enable')
    await this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  }

  /** Where the modules whose path `files` matches hold what `pattern` matches, which is global. */
  async sites(files: RegExp, pattern: RegExp): Promise<readonly Site[]> {
    const { result } = await this.#session.post('Profiler.takePreciseCoverage')
    const found: Site[] = []
    for (const { url, scriptId, functions } of result) {
      const [, file] = /\/src\/(.+)$/.exec(url) ?? []
      if (file === undefined || !files.test(file)) continue
      const { scriptSource } = await this.#session.post('Debugger.getScriptSource', { scriptId })
      for (const { index } of scriptSource.matchAll(pattern))
        found.push({ file, line: lineAt(scriptSource, index), wasRun: countAt(functions, index) > 0 })
    }
    return found
  }

  end(): void {
    this.#session.disconnect()
  }
}

function lineAt(text: string, index: number): string {
  const start = text.lastIndexOf('\n', index) + 1
  const end = text.indexOf('\n', index)
  return text.slice(start, end === -1 ? undefined : end).trim()
}

/** The innermost range counts. */
function countAt(functions: readonly Profiler.FunctionCoverage[], index: number): number {
  let narrowest = Number.POSITIVE_INFINITY
  let count = 0
  for (const { ranges } of functions)
    for (const range of ranges) {
      const width = range.endOffset - range.startOffset
      if (range.startOffset > index || range.endOffset <= index || width > narrowest) continue
      narrowest = width
      count = range.count
    }
  return count
}
