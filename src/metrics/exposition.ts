import type { Spread } from '../contract/report.ts'
import type { Seconds } from '../contract/time.ts'

export type Labels = Readonly<Record<string, string>>

/** A value and what tells it from the others of its name. */
export type Sample<Value = number> = readonly [labels: Labels, value: Value]

/** The media type of what `text` answers. */
export const contentType = 'text/plain; version=0.0.4; charset=utf-8'

/** Metrics as Prometheus reads them, in its text format 0.0.4. A metric without any sample is left out. */
export class Exposition {
  #text = ''

  get text(): string {
    return this.#text
  }

  counter(name: string, help: string, samples: Iterable<Sample>): void {
    this.#plain(name, help, 'counter', samples)
  }

  gauge(name: string, help: string, samples: Iterable<Sample>): void {
    this.#plain(name, help, 'gauge', samples)
  }

  histogram(name: string, help: string, bounds: readonly Seconds[], samples: Iterable<Sample<Spread>>): void {
    let text = ''
    for (const [labels, { counts, sum }] of samples) {
      let count = 0
      for (let at = 0; at <= bounds.length; at++) {
        count += counts[at] ?? 0
        text += line(`${name}_bucket`, { ...labels, le: numeral(bounds[at] ?? Infinity) }, count)
      }
      text += line(`${name}_sum`, labels, sum) + line(`${name}_count`, labels, count)
    }
    this.#add(name, help, 'histogram', text)
  }

  #plain(name: string, help: string, type: 'counter' | 'gauge', samples: Iterable<Sample>): void {
    let text = ''
    for (const [labels, value] of samples) text += line(name, labels, value)
    this.#add(name, help, type, text)
  }

  #add(name: string, help: string, type: string, lines: string): void {
    if (lines === '') return
    this.#text += `# HELP ${name} ${escaped(help)}\n# TYPE ${name} ${type}\n${lines}`
  }
}

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(
    ([key, text]) => `${key}="${escaped(text).replaceAll('"', '\\"')}"`,
  )
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${numeral(value)}\n`
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}

function numeral(value: number): string {
  if (value === Infinity) return '+Inf'
  return value === -Infinity ? '-Inf' : String(value)
}
