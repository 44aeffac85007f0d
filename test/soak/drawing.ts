import type { Moment, Outcome } from './store-soak.ts'

/** One figure over time: what it is called, and how it is read. */
interface Series {
  readonly title: string
  readonly of: (moment: Moment) => number
}

const megabytes = (bytes: number) => bytes / 2 ** 20
export const figures: readonly Series[] = [
  { title: 'used heap after collection, MB', of: ({ worker }) => megabytes(worker.heap) },
  { title: 'resident memory, MB', of: ({ worker }) => megabytes(worker.rss) },
  { title: 'file descriptors', of: ({ worker }) => worker.fds },
  { title: 'handles', of: ({ worker }) => worker.handles },
  { title: 'listeners', of: ({ worker }) => worker.listeners },
  { title: 'heap of the parent of the others, MB', of: ({ parent }) => megabytes(parent.heap) },
  { title: 'resident memory of that parent, MB', of: ({ parent }) => megabytes(parent.rss) },
]

const colours = { redis: '#b3403a', mysql: '#2f6db5', sqlite: '#1a7f5a' }
const [width, height, columns] = [340, 130, 2]

/** The series of all stores as line charts in an SVG, on a light ground of its own, so that it reads on any page. */
export function drawn(outcomes: readonly Outcome[]): string {
  const [across, down] = [width * columns + 20, height * Math.ceil(figures.length / columns) + 60]
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${across}" height="${down}" viewBox="0 0 ${across} ${down}" font-family="system-ui, sans-serif" role="img" aria-label="soak">`,
    `<rect width="${across}" height="${down}" rx="8" fill="#ffffff" stroke="#d0d7de"/>`,
    ...outcomes.map(({ name }, at) => text(20 + 90 * at, 30, 14, name, colours[name])),
    ...figures.map((series, at) =>
      panel(series, outcomes, (at % columns) * width + 20, Math.floor(at / columns) * height + 50),
    ),
  ]
  return [...parts, '</svg>\n'].join('\n')
}

function panel({ title, of }: Series, outcomes: readonly Outcome[], left: number, top: number): string {
  const all = outcomes.flatMap(({ moments }) => moments.map(of))
  const most = Math.max(...all) * 1.1
  const minutes = Math.max(...outcomes.flatMap((outcome) => outcome.moments.map((moment) => moment.minutes)))
  const [plotted, tall] = [width - 60, height - 50]
  const x = (at: number) => (left + (at / minutes) * plotted).toFixed(1)
  const y = (figure: number) => (top + 20 + tall - (figure / most) * tall).toFixed(1)
  const lines = outcomes.map(({ name, moments }) => {
    const points = moments.map((moment) => `${x(moment.minutes)},${y(of(moment))}`).join(' ')
    return `<polyline fill="none" stroke="${colours[name]}" stroke-width="1.5" points="${points}"/>`
  })
  return [
    text(left, top + 10, 12, title, '#24292f'),
    `<path d="M${left} ${top + 20}V${top + 20 + tall}H${left + plotted}" fill="none" stroke="#d0d7de"/>`,
    ...lines,
    text(left + plotted + 4, top + 28, 10, most.toFixed(0), '#57606a'),
    text(left + plotted + 4, top + 20 + tall, 10, '0', '#57606a'),
    text(left + plotted - 30, top + 32 + tall, 10, `${minutes.toFixed(0)} min`, '#57606a'),
  ].join('\n')
}

function text(x: number, y: number, size: number, content: string, colour: string): string {
  return `<text x="${x}" y="${y}" font-size="${size}" fill="${colour}">${content}</text>`
}

const bars = '▁▂▃▄▅▆▇█'

/** A series in one line of text, from its least figure to its greatest. */
export function sparkline(series: readonly number[], longest = 60): string {
  const step = Math.max(1, Math.ceil(series.length / longest))
  const shown = series.filter((_, at) => at % step === 0)
  const [least, most] = [Math.min(...shown), Math.max(...shown)]
  const bar = (figure: number) =>
    bars[most === least ? 0 : Math.round(((figure - least) / (most - least)) * 7)]
  return `${shown.map(bar).join('')} ${least.toFixed(1)} to ${most.toFixed(1)}`
}
