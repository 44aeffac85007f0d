type Row = Record<string, unknown>

/** The rows of a SELECT as clients answer it: `rows`, `[rows, fields]` or `{ rows }`; undefined: none of these. */
export function rowsIn(answer: unknown): readonly Row[] | undefined {
  if (Array.isArray(answer)) return Array.isArray(answer[0]) ? rowsIn(answer[0]) : answer
  const { rows } = (answer ?? {}) as { readonly rows?: unknown }
  return Array.isArray(rows) ? rows : undefined
}

/** How many rows a statement changed, as clients answer it: a number, in a header, or in the first of a list; undefined: it says nothing. */
export function affectedIn(answer: unknown): number | undefined {
  const header = Array.isArray(answer) ? answer[0] : answer
  if (typeof header === 'number') return header
  const { affectedRows, rowsAffected, numAffectedRows, changes } = (header ?? {}) as Row
  const count = affectedRows ?? rowsAffected ?? numAffectedRows ?? changes
  return count === undefined ? undefined : Number(count)
}

/** The id that an INSERT was given, as clients answer it: in a header, or in the first of a list; undefined: it says none. */
export function insertIdIn(answer: unknown): number | undefined {
  const header = Array.isArray(answer) ? answer[0] : answer
  const { insertId, lastInsertRowid } = (header ?? {}) as Row
  const id = Number(insertId ?? lastInsertRowid ?? 0)
  return id > 0 ? id : undefined
}
