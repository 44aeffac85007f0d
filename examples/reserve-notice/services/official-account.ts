import { officialAccount } from '../settings.ts'
import type { TemplateMessage } from './official-account-template.ts'

/** Longest wait for one answer. */
const timeoutMs = 10_000

/**
 * Sends one template message and answers its id. Throws when the API cannot be reached, does not answer in time, or refuses:
 * it answers 200 with an `errcode` other than 0 for most mistakes. `signal` ends the wait.
 */
export async function sendTemplateMessage(message: TemplateMessage, signal: AbortSignal): Promise<number> {
  const { baseUrl, accessToken } = officialAccount
  const url = `${baseUrl}/cgi-bin/message/template/send?access_token=${encodeURIComponent(accessToken)}`
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify(message),
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`the official account answered HTTP ${response.status}`)
  const { errcode, errmsg, msgid } = JSON.parse(text)
  if (errcode !== 0) throw new Error(`the official account refused the message: ${errcode} ${errmsg}`)
  return msgid
}
