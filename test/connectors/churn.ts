import { expect } from 'vitest'
import type { PullConnector } from '../../src/contract/connector.ts'
import { Child } from '../database/child.ts'

/** Processes that push so many jobs each and do as many: no error comes to the surface, every job is done once, and none is left. */
export async function churn(
  dsn: string,
  { processes, each }: { readonly processes: number; readonly each: number },
  open: () => Promise<PullConnector>,
): Promise<void> {
  const names = Array.from({ length: processes }, (_, i) => `process${i}`)
  const children = names.map((name) => new Child('churn.ts', [dsn, name, String(each)]))
  const answers = await Promise.all(
    children.map((child) => child.next<{ readonly done?: string[]; readonly error?: string }>()),
  )
  expect(answers.map(({ error }) => error).filter((error) => error !== undefined)).toEqual([])
  const done = answers.flatMap((answer) => answer.done ?? [])
  const pushed = names.flatMap((name) => Array.from({ length: each }, (_, i) => `"${name}-${i}"`))
  expect(done.length).toBe(pushed.length)
  expect(new Set(done)).toEqual(new Set(pushed))
  const store = await open()
  expect(await store.size('q')).toMatchObject({ ready: 0, delayed: 0, reserved: 0, failed: 0 })
}
