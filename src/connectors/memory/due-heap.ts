import type { Ms } from '../../contract/time.ts'

interface Due {
  readonly dueAt: Ms
  /** Order of arrival, which decides between equal due times. */
  readonly serial: number
}

/** A binary heap of what falls due: the earliest first, equals in order of arrival. */
export class DueHeap<Item extends Due> {
  #items: Item[] = []

  get size(): number {
    return this.#items.length
  }

  peek(): Item | undefined {
    return this.#items[0]
  }

  add(item: Item): void {
    const items = this.#items
    let at = items.length
    items.push(item)
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!before(item, items[parent]!)) break
      items[at] = items[parent]!
      at = parent
    }
    items[at] = item
  }

  take(): Item | undefined {
    const items = this.#items
    const first = items[0]
    const last = items.pop()
    if (first === undefined || last === undefined || items.length === 0) return first
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= items.length) break
      if (child + 1 < items.length && before(items[child + 1]!, items[child]!)) child++
      if (!before(items[child]!, last)) break
      items[at] = items[child]!
      at = child
    }
    items[at] = last
    return first
  }

  /** How many are due at `now`: looks at those and their children alone. */
  countDue(now: Ms): number {
    let count = 0
    const open = [0]
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      const item = this.#items[at]
      if (item === undefined || item.dueAt > now) continue
      count++
      open.push(2 * at + 1, 2 * at + 2)
    }
    return count
  }

  clear(): void {
    this.#items = []
  }
}

function before(a: Due, b: Due): boolean {
  return a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.serial < b.serial)
}
