/** The figure of a flag; throws an error that says what was meant. */
export function positive(name: string, text: string): number {
  const value = Number(text)
  if (!(value > 0 && Number.isFinite(value))) throw new Error(`--${name} ${text}: expected a figure above 0`)
  return value
}

/** The whole number of a flag; throws an error that says what was meant. */
export function whole(name: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`--${name} ${text}: expected a whole number`)
  return Number(text)
}
