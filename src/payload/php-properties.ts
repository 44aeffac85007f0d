export type Plain = Record<string, unknown>

/** Keys and values in PHP's order. */
export type Entries = readonly (readonly [key: string | number | bigint, value: unknown])[]

/** An array of PHP that is no list. */
export function plainOf(entries: Entries): Plain {
  const plain: Plain = {}
  for (const [key, value] of entries) set(plain, String(key), value)
  return plain
}

/** `\0Class\0name` is private, `\0*\0name` protected. What a parent class keeps private gives way: `Parent::name`. */
export function setProperties(target: Plain, entries: Entries, className: string): void {
  const hidden: [owner: string, name: string, value: unknown][] = []
  for (const [key, value] of entries) {
    const [, owner, name] = /^\0([^\0]+)\0(.*)$/s.exec(String(key)) ?? []
    if (owner === undefined || name === undefined) set(target, String(key), value)
    else if (owner === '*' || owner === className) set(target, name, value)
    else hidden.push([owner, name, value])
  }
  for (const [owner, name, value] of hidden)
    set(target, Object.hasOwn(target, name) ? `${owner}::${name}` : name, value)
}

/** `__proto__` is an ordinary key. */
function set(target: Plain, key: string, value: unknown): void {
  if (key !== '__proto__') target[key] = value
  else Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true })
}
