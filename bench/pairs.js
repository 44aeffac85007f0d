/**
 * Runs two contenders in turn, A B A B …, so that both meet the machine in the same mood, and answers each pair's figures.
 * Each contender answers a figure; a first pair warms up and does not count.
 */
export async function pairs(rounds, ours, other) {
  const counted = []
  for (let round = 0; round <= rounds; round++) {
    const pair = { ours: await ours(), other: await other() }
    if (round > 0) counted.push(pair)
  }
  return counted
}

/** Median and range of a list of figures. */
function spread(figures) {
  const sorted = [...figures].sort((a, b) => a - b)
  return { median: sorted[Math.floor(sorted.length / 2)], min: sorted[0], max: sorted[sorted.length - 1] }
}

/** One line of the table: both figures, and the ratio pair by pair. */
export function row(name, unit, counted, demand) {
  const ratio = spread(counted.map(({ ours, other }) => ours / other))
  return {
    name,
    unit,
    ours: spread(counted.map((pair) => pair.ours)),
    other: spread(counted.map((pair) => pair.other)),
    ratio,
    demand,
    raw: counted,
  }
}
