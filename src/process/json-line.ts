/** The same JSON without raw control characters: JSON escapes those below the space, a terminal obeys some above it too. */
export function escapeControls(json: string): string {
  return json.replace(/[\x7f-\x9f]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`)
}
