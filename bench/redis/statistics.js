/** Median and range of a list of figures. */
export function spread(figures) {
  const sorted = [...figures].sort((a, b) => a - b)
  return { median: sorted[Math.floor(sorted.length / 2)], min: sorted[0], max: sorted.at(-1) }
}

export function percentile(figures, share) {
  const sorted = [...figures].sort((a, b) => a - b)
  return sorted[Math.min(Math.ceil(share * sorted.length), sorted.length) - 1]
}
