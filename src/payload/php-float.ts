/**
 * A finite number that is no safe integer, in the bytes PHP's json_encode writes (serialize_precision -1): the shortest
 * digits that read back the same, decimal from 1.0e-4 up to 1.0e+17 and exponential outside.
 */
export function phpFloat(value: number): string {
  const size = Math.abs(value)
  if (size >= 1e-4 && size < 1e17) return String(value)
  const [digits = '', exponent = ''] = value.toExponential().split('e')
  return `${digits.includes('.') ? digits : `${digits}.0`}e${exponent}`
}
