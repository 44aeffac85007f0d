/** Parts of at most so many, in order. */
export function chunks<Item>(items: readonly Item[], most: number): readonly (readonly Item[])[] {
  const parts: Item[][] = []
  for (let at = 0; at < items.length; at += most) parts.push(items.slice(at, at + most))
  return parts
}

/** Each queue's own, queues and items in the order of their first appearance. */
export function byQueue<Item extends { readonly queue: string }>(
  items: readonly Item[],
): ReadonlyMap<string, readonly Item[]> {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const known = groups.get(item.queue)
    if (known === undefined) groups.set(item.queue, [item])
    else known.push(item)
  }
  return groups
}
