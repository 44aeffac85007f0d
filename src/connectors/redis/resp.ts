import type { Argument } from './link.ts'

/** Room for the length of an argument and the line ends around it. */
const frameBytes = 16
/** Room in front, for what is usually said before the arguments. */
const headBytes = 1_024

/** An argument as RESP sends it. */
export function frame(text: string): string {
  return `$${Buffer.byteLength(text)}\r\n${text}\r\n`
}

/** Many arguments as RESP sends them, in one buffer: as texts they would be put together, flattened and copied. */
export class WrittenArguments {
  readonly count: number
  readonly #bytes: Buffer
  #isRoomTaken = false

  constructor(args: readonly Argument[]) {
    this.count = args.length
    const lengths = args.map(byteLength)
    let size = headBytes
    for (const length of lengths) size += length + frameBytes
    const bytes = Buffer.allocUnsafe(size)
    let at = headBytes
    for (let index = 0; index < args.length; index++) at = write(bytes, at, args[index]!, lengths[index]!)
    this.#bytes = bytes.subarray(0, at)
  }

  /** They and what comes before them. */
  behind(head: string): Buffer {
    const length = Buffer.byteLength(head)
    if (this.#isRoomTaken || length > headBytes)
      return Buffer.concat([Buffer.from(head), this.#bytes.subarray(headBytes)])
    this.#isRoomTaken = true
    this.#bytes.write(head, headBytes - length)
    return this.#bytes.subarray(headBytes - length)
  }
}

function write(bytes: Buffer, start: number, arg: Argument, length: number): number {
  let at = writeLength(bytes, start, length)
  if (typeof arg === 'object') at += arg.copy(bytes, at)
  else {
    const text = typeof arg === 'string' ? arg : String(arg)
    at += bytes.write(text, at, text.length === length ? 'latin1' : 'utf8')
  }
  return writeLineEnd(bytes, at)
}

/** `$150` and the line end. */
function writeLength(bytes: Buffer, at: number, length: number): number {
  bytes[at] = 36
  let end = at + 1
  for (let rest = length; rest >= 10; rest = Math.floor(rest / 10)) end++
  let rest = length
  for (let place = end; place > at; place--) {
    bytes[place] = 48 + (rest % 10)
    rest = Math.floor(rest / 10)
  }
  return writeLineEnd(bytes, end + 1)
}

function writeLineEnd(bytes: Buffer, at: number): number {
  bytes[at] = 13
  bytes[at + 1] = 10
  return at + 2
}

function byteLength(arg: Argument): number {
  if (typeof arg === 'number') return String(arg).length
  return typeof arg === 'string' ? Buffer.byteLength(arg) : arg.length
}
