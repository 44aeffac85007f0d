import type { Argument } from './link.ts'
import type { Sendable } from './pending.ts'
import { frame, WrittenArguments } from './resp.ts'
import type { Script } from './script.ts'

/** A request of so many arguments is one text: the socket writes short texts without another copy. */
const fewArguments = 40
/** With the script's text, which the server then keeps; otherwise by digest. */
const inFull = 'EVAL'

/**
 * A script and what it is called with, ready to be sent as often as need be. On a single server it is written out at once: one
 * buffer instead of a thousand texts that live until the answer comes. A cluster's client must see the arguments.
 */
export class ScriptCall implements Sendable {
  readonly script: Script
  readonly keys: readonly string[]
  readonly #args: readonly Argument[] | undefined
  readonly #written: Written | undefined

  /** `more` arguments may follow that are written already, but on a cluster. */
  constructor(
    script: Script,
    keys: readonly string[],
    args: readonly Argument[],
    { isCluster }: { readonly isCluster: boolean },
    more?: WrittenArguments,
  ) {
    this.script = script
    this.keys = keys
    if (isCluster) this.#args = [keys.length, ...keys, ...args]
    else this.#written = written(script, keys, args, more)
  }

  args(command: string): readonly Argument[] | undefined {
    return this.#args && [this.#name(command), ...this.#args]
  }

  request(command: string): string | Buffer {
    const { request, headLength, count } = this.#written!
    if (command !== inFull) return request
    const head = headInFull(count, this.script)
    return typeof request === 'string'
      ? head + request.slice(headLength)
      : Buffer.concat([Buffer.from(head), request.subarray(headLength)])
  }

  #name(command: string): string {
    return command === inFull ? this.script.lua : this.script.sha
  }
}

/** A request by digest. */
interface Written {
  readonly request: string | Buffer
  /** Up to the number of keys. */
  readonly headLength: number
  readonly count: number
}

function written(
  script: Script,
  keys: readonly string[],
  args: readonly Argument[],
  more: WrittenArguments | undefined,
): Written {
  const count = keys.length + args.length + (more?.count ?? 0) + 3
  const head = `*${count}\r\n${script.call}`
  let start = head + frame(String(keys.length))
  for (const key of keys) start += framedKey(key)
  const isShort = args.length <= fewArguments && args.every(isText)
  const some = isShort ? short(start, args) : new WrittenArguments(args).behind(start)
  const request = more === undefined ? some : more.behind(String(some))
  return { request, headLength: head.length, count }
}

/** Keys are few and called for again and again. */
const framedKeys = new Map<string, string>()
const mostFramedKeys = 1_000

function framedKey(key: string): string {
  const known = framedKeys.get(key)
  if (known !== undefined) return known
  if (framedKeys.size >= mostFramedKeys) framedKeys.clear()
  const framed = frame(key)
  framedKeys.set(key, framed)
  return framed
}

function headInFull(count: number, { lua }: Script): string {
  return `*${count}\r\n${frame(inFull)}${frame(lua)}`
}

function short(start: string, args: readonly (string | number)[]): string {
  let text = start
  for (const arg of args) text += frame(typeof arg === 'string' ? arg : String(arg))
  return text
}

function isText(arg: Argument): arg is string | number {
  return typeof arg !== 'object'
}
