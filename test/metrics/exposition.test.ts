import { expect, it } from 'vitest'
import { Exposition } from '../../src/metrics/exposition.ts'

it('a metric has its help, its type and a line for each sample', () => {
  const page = new Exposition()
  page.counter('jobs_total', 'Jobs.', [
    [{ queue: 'a' }, 1],
    [{ queue: 'b', job: 'Says' }, 2.5],
  ])
  page.gauge('up', 'Whether it is.', [[{}, 0]])
  expect(page.text).toBe(`# HELP jobs_total Jobs.
# TYPE jobs_total counter
jobs_total{queue="a"} 1
jobs_total{queue="b",job="Says"} 2.5
# HELP up Whether it is.
# TYPE up gauge
up 0
`)
})

it('a metric without samples is left out', () => {
  const page = new Exposition()
  page.gauge('up', 'Whether it is.', [])
  page.histogram('took_seconds', 'How long.', [1], [])
  expect(page.text).toBe('')
})

it('a backslash, a quote and a new line in a label are escaped, in this order', () => {
  const page = new Exposition()
  page.gauge('up', 'a \\ and\nb "c"', [[{ queue: 'a\\n"b"\nc' }, 1]])
  expect(page.text).toBe(`# HELP up a \\\\ and\\nb "c"
# TYPE up gauge
up{queue="a\\\\n\\"b\\"\\nc"} 1
`)
})

it('what is no finite number is written as Prometheus reads it', () => {
  const page = new Exposition()
  page.gauge('x', 'X.', [
    [{ of: 'a' }, Infinity],
    [{ of: 'b' }, -Infinity],
    [{ of: 'c' }, Number.NaN],
    [{ of: 'd' }, 1e-7],
    [{ of: 'e' }, 1e21],
  ])
  expect(page.text.match(/ \S+$/gm)!.slice(-5)).toEqual([' +Inf', ' -Inf', ' NaN', ' 1e-7', ' 1e+21'])
})

it('the buckets of a histogram add up, and its last one holds all', () => {
  const page = new Exposition()
  page.histogram('took_seconds', 'How long.', [0.1, 1], [[{ job: 'Says' }, { counts: [2, 1, 3], sum: 9.5 }]])
  expect(page.text.split('\n').slice(2)).toEqual([
    'took_seconds_bucket{job="Says",le="0.1"} 2',
    'took_seconds_bucket{job="Says",le="1"} 3',
    'took_seconds_bucket{job="Says",le="+Inf"} 6',
    'took_seconds_sum{job="Says"} 9.5',
    'took_seconds_count{job="Says"} 6',
    '',
  ])
})
