/** The stores on which everything must hold. */
export const storeNames = ['redis', 'mysql', 'sqlite'] as const
export type StoreName = (typeof storeNames)[number]

/** Those that a command line names, or all; throws an error that says which there are. */
export function chosenStores(names: readonly string[]): readonly StoreName[] {
  const strange = names.filter((name) => !storeNames.includes(name as StoreName))
  if (strange.length > 0) throw new Error(`--store ${strange[0]}: expected ${storeNames.join(', ')}`)
  return names.length === 0 ? storeNames : (names as StoreName[])
}
