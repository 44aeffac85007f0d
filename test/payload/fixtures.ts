import { readFileSync } from 'node:fs'

/** Bytes that the real think-queue 2.0 wrote, one file a kind. */
export function phpFixture<Shape>(name: string): Shape {
  return JSON.parse(readFileSync(new URL(`../fixtures/php/${name}.json`, import.meta.url), 'utf8')) as Shape
}

/** A text as the library stored it: `base64` holds the exact bytes, `utf8` is absent when they are none. */
export interface Bytes {
  readonly base64: string
}

export const textOf = (bytes: Bytes) => Buffer.from(bytes.base64, 'base64').toString('utf8')

export interface Push {
  readonly name: string
  readonly call: { readonly job_php: string; readonly data_php: string | null }
  readonly rows?: readonly { readonly payload: Bytes }[]
  readonly redis?: readonly { readonly members: readonly Bytes[] }[]
}

/** So many levels of arrays around a 1. */
export function nested(levels: number): unknown {
  let value: unknown = 1
  for (let level = 0; level < levels; level++) value = [value]
  return value
}

/** A seeded source of numbers from 0 up to 1 (mulberry32), so that a failing case can be repeated. */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
