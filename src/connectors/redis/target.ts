/** Where a Redis is and how to get in: the connection's options, checked. */
export interface RedisTarget {
  readonly kind: 'single' | 'sentinel' | 'cluster'
  readonly db: number
  /** What every key and channel begins with. */
  readonly prefix: string
  /** Whether the queue's part of a key is hash-tagged, as a cluster needs it. */
  readonly tagged: boolean
  /** How long a connection may take to be made. */
  readonly connectMs: number
}
