/** The numbers before the jobs: when the loop last turned, whose code it is in, how many jobs are in hand, by when the process has to end. */
export const head = { beat: 0, current: 1, inHand: 2, endsAt: 3, length: 4 } as const

/**
 * The numbers of one job. It shares its text, of so many bytes of UTF-8, with those it was reserved with; `from` and the lengths, in UTF-16
 * code units, say what of it is the job's: id, receipt, and the body where that is not the receipt.
 */
export const field = {
  state: 0,
  leasedAt: 1,
  attempts: 2,
  textAt: 3,
  textBytes: 4,
  from: 5,
  idLength: 6,
  receiptLength: 7,
  bodyLength: 8,
  queue: 9,
  entry: 10,
  startedAt: 11,
  timeoutMs: 12,
  delayMs: 13,
  length: 14,
} as const

/** The length of a body that is not written, since it is the receipt. */
export const isReceipt = -1

/** What is to become of a job, as far as it is known. */
export const state = {
  free: 0,
  held: 1,
  running: 2,
  deleted: 3,
  released: 4,
  releasedUnspent: 5,
  buried: 6,
} as const

/** The shared memory: numbers and texts. */
export interface SharedMemory {
  readonly numbers: SharedArrayBuffer
  readonly texts: SharedArrayBuffer
}

/** What the watcher must know besides, told when it first occurs, by its number in the memory. */
export type Notice =
  | { readonly kind: 'queue'; readonly number: number; readonly name: string }
  | {
      readonly kind: 'entry'
      readonly number: number
      readonly name: string
      readonly tries: number | undefined
      readonly backoff: unknown
    }

/** Where the numbers of a job begin. */
export function placeOf(job: number): number {
  return head.length + job * field.length
}

/** Monotonic ms that all threads of a process share. */
export function sharedNow(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
