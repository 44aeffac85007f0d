import { StoreError } from '../../contract/errors.ts'
import { firstWord, refuseTransactionWord } from '../statement.ts'

/** What a statement needs: a look at the file, a transaction around it, or neither because SQLite refuses it inside one. */
export type StatementKind = 'read' | 'write' | 'setting'

const kinds = new Map<string, StatementKind>([
  ['select', 'read'],
  ['values', 'read'],
  ['explain', 'read'],
  ['pragma', 'setting'],
  ['vacuum', 'setting'],
  ['attach', 'setting'],
  ['detach', 'setting'],
])

/** Judged by the first word. Transactions written as SQL are refused: they would outlive the call. */
export function statementKind(sql: string): StatementKind {
  const word = firstWord(sql)
  refuseTransactionWord(sql, word)
  if (word === 'with' && !/\b(insert|update|delete|replace)\b/i.test(sql)) return 'read'
  return kinds.get(word) ?? 'write'
}

/** Strings, quoted names and comments, in which a semicolon ends nothing. */
const quoted = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/g

/** SQLite would run the first statement and pass over the rest in silence. A trigger holds statements of its own. */
export function refuseUnlessOne(sql: string): void {
  const [first = '', ...rest] = sql.replace(quoted, ' ').split(';')
  if (first.trim() === '') throw notOne('there is no statement in it')
  const isTrigger = /^\s*create\s+(temp\s+|temporary\s+)?trigger\b/i.test(first)
  if (!isTrigger && rest.some((each) => each.trim() !== ''))
    throw notOne(
      'there are several statements in it; send them one by one, in a transaction if they belong together',
    )
}

function notOne(problem: string): StoreError {
  return new StoreError(`SQL: ${problem}`, { code: 'SQL', transient: false })
}
