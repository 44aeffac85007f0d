import { StoreError } from '../contract/errors.ts'

const leadingComments = /^(\s|--[^\n]*\n|#[^\n]*\n|\/\*[\s\S]*?\*\/|;)+/
const transactionWords = new Set(['begin', 'start', 'commit', 'end', 'rollback'])

/** The first word of a statement, in lower case. */
export function firstWord(sql: string): string {
  const plain = /^[a-z]/i.test(sql) ? sql : sql.replace(leadingComments, '')
  return /^[a-z]+/i.exec(plain)?.[0].toLowerCase() ?? ''
}

/** Transactions written as SQL are refused: they would outlive the call. `word` is the statement's first. */
export function refuseTransactionWord(sql: string, word: string): void {
  if (!transactionWords.has(word) || /^\s*rollback\s+(transaction\s+|work\s+)?to\b/i.test(sql)) return
  throw new StoreError(
    `${word.toUpperCase()} cannot be sent as a statement: use transaction(async (tx) => …)`,
    { code: 'SQL', transient: false },
  )
}
