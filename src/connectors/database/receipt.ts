/** A delivery as SQL knows it: the row, how often it was delivered before, and when it was due. */
export interface Receipt {
  readonly id: number
  readonly attempts: number
  readonly availableAt: number
}

export function receiptText({ id, attempts, availableAt }: Receipt): string {
  return `${id}-${attempts}-${availableAt}`
}

/** Null for a text that is no receipt, which therefore names no row. */
export function parseReceipt(text: string): Receipt | null {
  const [, id, attempts, availableAt] = /^(\d{1,15})-(\d{1,3})-(\d{1,10})$/.exec(text) ?? []
  return id === undefined
    ? null
    : { id: Number(id), attempts: Number(attempts), availableAt: Number(availableAt) }
}
