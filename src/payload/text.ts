const needsEscape = /["/\\\x00-\x1f\x80-\uffff]/
const escapedByPhp = /[/\x80-\uffff]/g
const loneSurrogate = /\p{Surrogate}/u
const hexOfByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** The JSON text of a string as PHP writes it, all ASCII; null when a lone surrogate makes it unreadable to PHP. */
export function encodeText(text: string): string | null {
  if (!needsEscape.test(text)) return `"${text}"`
  if (loneSurrogate.test(text)) return null
  return JSON.stringify(text).replace(escapedByPhp, escapeUnit)
}

function escapeUnit(char: string): string {
  if (char === '/') return '\\/'
  const unit = char.charCodeAt(0)
  return `\\u${hexOfByte[unit >> 8]}${hexOfByte[unit & 255]}`
}
