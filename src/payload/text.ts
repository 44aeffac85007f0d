const needsEscape = /["/\\\x00-\x1f\x80-\uffff]/
const escapedByPhp = /[/\x80-\uffff]/g
const loneSurrogate = /\p{Surrogate}/u
const hexOfByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Texts up to so long are looked through sooner than the regular expression is called. */
const shortLength = 16

/** The JSON text of a string as PHP writes it, all ASCII; null when a lone surrogate makes it unreadable to PHP. */
export function encodeText(text: string): string | null {
  if (isPlain(text)) return `"${text}"`
  if (loneSurrogate.test(text)) return null
  return JSON.stringify(text).replace(escapedByPhp, escapeUnit)
}

function isPlain(text: string): boolean {
  if (text.length > shortLength) return !needsEscape.test(text)
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit < 0x20 || unit >= 0x80 || unit === 0x22 || unit === 0x2f || unit === 0x5c) return false
  }
  return true
}

function escapeUnit(char: string): string {
  if (char === '/') return '\\/'
  const unit = char.charCodeAt(0)
  return `\\u${hexOfByte[unit >> 8]}${hexOfByte[unit & 255]}`
}
