import assert from 'node:assert/strict'
import type { PullConnector, Reservation } from '../../contract/connector.ts'

type Wire = PullConnector['wire']

/** The smallest payload a store of this wire may be given. `data` is JSON text and is not looked at. */
export function bodyOf(wire: Wire, data: string, id: string): string {
  if (wire === 'row') return `{"job":"J","data":${data}}`
  return `{"job":"J","data":${data},"id":"${id}","attempts":1}`
}

/**
 * Asserts that a delivery carries what was pushed. A `row` body never changes; in a `member` body the store may rewrite the
 * digits of attempts and put its own key `thinkq` before the id, and nothing else.
 */
export function assertCarries(wire: Wire, reservation: Reservation, sent: string): void {
  assert.equal(
    essence(wire, reservation.body),
    essence(wire, sent),
    'the body must be delivered byte for byte as it was pushed',
  )
  if (wire === 'row') return
  const digits = /"attempts":(\d+)\}$/.exec(reservation.body)?.[1]
  assert.equal(digits, String(reservation.attempts), 'attempts in the body and of the reservation must agree')
}

function essence(wire: Wire, body: string): string {
  if (wire === 'row') return body
  return body.replace(
    /(?:,"thinkq":\{[^{}]*\})?,"id":"([^"]*)","attempts":\d+\}$/,
    ',"id":"$1","attempts":…}',
  )
}
