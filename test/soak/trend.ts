/** Median of figures; `NaN` of none. */
export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b)
  const middle = sorted.length / 2
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2
}

/** By how much figures taken at equal distances rise from the first to the last: the median slope of all pairs, which no single one moves. */
export function rise(figures: readonly number[]): number {
  const slopes = figures.flatMap((from, at) =>
    figures.slice(at + 1).map((to, ahead) => (to - from) / (ahead + 1)),
  )
  return slopes.length === 0 ? 0 : median(slopes) * (figures.length - 1)
}

/** Whether they go up more often than chance would have it, once in a hundred times: the test of Mann and Kendall. */
export function isTrend(figures: readonly number[]): boolean {
  const n = figures.length
  const ups = figures.flatMap((from, at) => figures.slice(at + 1).map((to) => Math.sign(to - from)))
  const sum = ups.reduce((total, up) => total + up, 0)
  const deviation = Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18)
  return (sum - 1) / deviation > 2.33
}

export function secondHalf<Item>(items: readonly Item[]): readonly Item[] {
  return items.slice(Math.floor(items.length / 2))
}
