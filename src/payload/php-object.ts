import { MalformedPayload } from '../contract/errors.ts'
import type { BigNumbers } from './big-integers.ts'
import { type Entries, type Plain, plainOf, setProperties } from './php-properties.ts'

/** An object of PHP as its class and its properties. */
export interface PhpObject {
  readonly className: string
  /**
   * Private and protected ones by their plain names. Lists are arrays, other arrays and nested objects are plain objects, the
   * latter with their class in `__class` unless it is stdClass; the same object twice is the same object here.
   */
  readonly properties: Plain
}

/** As deep as payloads go. */
const maxLevels = 512

/**
 * Reads one object in the format of PHP's serialize(). Nothing is evaluated and no class is made. Throws `MalformedPayload`
 * for anything else; its message never quotes the data.
 */
export function parsePhpObject(text: string, bigNumbers: BigNumbers): PhpObject {
  if (/\p{Surrogate}/u.test(text)) throw unreadable('it contains half of a surrogate pair')
  const reader = new Reader(Buffer.from(text), bigNumbers)
  return reader.wholeObject()
}

function unreadable(problem: string): MalformedPayload {
  return new MalformedPayload(`"command" is no PHP object that can be read: ${problem}`)
}

/** Stands for an array of which not all is read yet. */
const unfinished = Symbol('unfinished')

/** Lengths count the bytes of UTF-8, so the text is read as bytes; where `"` follows, no character is cut. */
class Reader {
  readonly #bytes: Buffer
  readonly #bigNumbers: BigNumbers
  /** Every value so far, in the order in which references count them. */
  readonly #slots: unknown[] = []
  #at = 0
  #levels = 0

  constructor(bytes: Buffer, bigNumbers: BigNumbers) {
    this.#bytes = bytes
    this.#bigNumbers = bigNumbers
  }

  wholeObject(): PhpObject {
    if (this.#take(2) !== 'O:') this.#fail('no object begins')
    const className = this.#quoted()
    const properties: Plain = {}
    this.#fill(properties, className)
    if (this.#at !== this.#bytes.length) this.#fail('something follows the object')
    return { className, properties }
  }

  #value(): unknown {
    const type = this.#take(2)
    if (type === 'a:') return this.#array()
    if (type === 'O:') return this.#object()
    if (type === 'R:') return this.#referred()
    const value = type === 'r:' ? this.#referred() : this.#scalar(type)
    this.#slots.push(value)
    return value
  }

  #scalar(type: string): unknown {
    switch (type) {
      case 'N;':
        return null
      case 'b:':
        return this.#until(';', /^[01]$/) === '1'
      case 'i:':
        return this.#integer(this.#until(';', /^[+-]?\d{1,19}$/))
      case 'd:':
        return float(this.#until(';', /^(?:NAN|-?INF|[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)$/))
      case 's:':
        return this.#string()
      case 'E:':
        return this.#enumCase()
      case 'C:':
        return this.#fail('a class that serializes itself in a format of its own')
      default:
        return this.#fail('a value of no kind that PHP writes')
    }
  }

  #string(): string {
    const text = this.#quoted()
    this.#expect(';')
    return text
  }

  #integer(digits: string): unknown {
    const number = Number(digits)
    if (Number.isSafeInteger(number)) return number === 0 ? 0 : number
    return this.#bigNumbers === 'bigint' ? BigInt(digits) : digits
  }

  #enumCase(): Plain {
    const parts = this.#string().split(':')
    if (parts.length !== 2) this.#fail('an enum without its case')
    return { __class: parts[0], name: parts[1] }
  }

  #array(): unknown {
    const slot = this.#slots.push(unfinished) - 1
    const entries = this.#entries(this.#count())
    const isList = entries.every(([key], index) => key === index)
    const value = isList ? entries.map(([, each]) => each) : plainOf(entries)
    this.#slots[slot] = value
    return value
  }

  #object(): Plain {
    const className = this.#quoted()
    const value: Plain = className === 'stdClass' ? {} : { __class: className }
    this.#fill(value, className)
    return value
  }

  #fill(target: Plain, className: string): void {
    this.#slots.push(target)
    this.#expect(':')
    setProperties(target, this.#entries(this.#count()), className)
  }

  #entries(count: number): Entries {
    if (++this.#levels > maxLevels) this.#fail(`nested more than ${maxLevels} levels deep`)
    this.#expect('{')
    const entries: Entries[number][] = []
    for (let left = count; left > 0; left--) entries.push([this.#key(), this.#value()])
    this.#expect('}')
    this.#levels--
    return entries
  }

  #key(): string | number | bigint {
    const type = this.#take(2)
    if (type !== 's:' && type !== 'i:') this.#fail('a key that is neither text nor integer')
    return this.#scalar(type) as string | number | bigint
  }

  #referred(): unknown {
    const value = this.#slots[Number(this.#until(';', /^[1-9]\d*$/)) - 1]
    if (value === undefined) this.#fail('a reference to nothing')
    if (value === unfinished) this.#fail('an array that contains itself')
    return value
  }

  /** `length:"text"`, after which the caller expects more. */
  #quoted(): string {
    const length = this.#count()
    this.#expect('"')
    const end = this.#at + length
    if (end >= this.#bytes.length || this.#bytes[end] !== 34)
      this.#fail('a text of another length than it says')
    const text = this.#bytes.toString('utf8', this.#at, end)
    this.#at = end + 1
    return text
  }

  #count(): number {
    return Number(this.#until(':', /^\d{1,9}$/))
  }

  /** What stands before the next `end`, which is passed over. */
  #until(end: string, shape: RegExp): string {
    const text = this.#bytes.toString('latin1', this.#at, this.#at + 64).split(end, 1)[0]!
    if (!shape.test(text)) this.#fail('a number or length that is none')
    this.#at += text.length
    this.#expect(end)
    return text
  }

  #expect(text: string): void {
    if (this.#take(text.length) !== text) this.#fail(`${JSON.stringify(text)} is missing`)
  }

  #take(length: number): string {
    this.#at += length
    return this.#bytes.toString('latin1', this.#at - length, this.#at)
  }

  #fail(problem: string): never {
    throw unreadable(`${problem} (near byte ${Math.min(this.#at, this.#bytes.length)})`)
  }
}

function float(text: string): number {
  if (text === 'NAN') return Number.NaN
  return text.endsWith('INF') ? Number(`${text}inity`.replace('INF', 'Inf')) : Number(text)
}
