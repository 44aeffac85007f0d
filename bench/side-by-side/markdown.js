export const figure = (value) => {
  if (!Number.isFinite(value)) return '-'
  if (Math.abs(value) >= 1_000) return Math.round(value).toLocaleString('en')
  return value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2)
}

export const range = ({ median, min, max }) =>
  min === max ? figure(median) : `${figure(median)} (${figure(min)} to ${figure(max)})`

export const verdict = (demand) =>
  demand === undefined
    ? ''
    : `${demand.text}${demand.reached === undefined ? '' : demand.reached ? ': yes' : ': **no**'}`

/** Rows of cells as a table, the first its head. */
export function grid([head, ...rows]) {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}
