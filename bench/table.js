const figure = (value) =>
  value >= 1_000 ? Math.round(value).toLocaleString('en') : value.toFixed(value < 10 ? 2 : 0)
const range = ({ median, min, max }) => `${figure(median)} (${figure(min)} to ${figure(max)})`

function reached({ ratio, ours, demand }) {
  if (demand.atMost !== undefined) return ratio.median <= demand.atMost
  return ratio.median >= demand.ratio || ours.median >= (demand.orOurs ?? Number.POSITIVE_INFINITY)
}

function wanted({ atMost, ratio, orOurs }) {
  if (atMost !== undefined) return `ratio at most ${atMost}`
  return `ratio at least ${ratio}${orOurs === undefined ? '' : `, or ${orOurs.toLocaleString('en')}`}`
}

/** The lines of a table: medians with their ranges, and whether what is wanted was reached. */
export function tableLines(rows) {
  return [
    '| what | ours | the other | ratio, pair by pair | wanted | reached |',
    '|---|---|---|---|---|---|',
    ...rows.map(
      (each) =>
        `| ${each.name} | ${range(each.ours)} ${each.unit} | ${range(each.other)} ${each.unit} | ${range(each.ratio)} | ${wanted(each.demand)} | ${reached(each) ? 'yes' : 'no'} |`,
    ),
  ]
}
