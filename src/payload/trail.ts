import { PayloadError } from '../contract/errors.ts'

/** Where the encoder stands: the containers it is inside of and the key it follows in each. A path is built only to refuse. */
export class Trail {
  readonly #root: string
  readonly #holders: object[] = []
  readonly #keys: (string | number)[] = []

  constructor(root: string) {
    this.#root = root
  }

  /** Goes into a container at a depth (0: the root value); refuses one it is inside of already. */
  enter(holder: object, depth: number): void {
    for (let above = 0; above < depth; above++) {
      if (this.#holders[above] === holder) this.refuse(depth, `circular: it is ${this.path(above)} again`)
    }
    this.#holders[depth] = holder
  }

  follow(depth: number, key: string | number): void {
    this.#keys[depth] = key
  }

  /** The key that led to the value at a depth, as `toJSON` is told it. */
  keyOf(depth: number): string {
    return depth === 0 ? '' : String(this.#keys[depth - 1])
  }

  /** As in JavaScript: `data.order.items[2]`. Keys are cut at 60 characters, the whole at about 240. */
  path(depth: number): string {
    const path = this.#root + this.#keys.slice(0, depth).map(step).join('')
    return path.length > 240 ? `${path.slice(0, 120)}…${path.slice(-120)}` : path
  }

  refuse(depth: number, problem: string): never {
    throw new PayloadError(this.path(depth), problem)
  }
}

function step(key: string | number): string {
  if (typeof key === 'number') return `[${key}]`
  if (key.length > 60) return `[${JSON.stringify(`${key.slice(0, 59)}…`)}]`
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`
}
