import * as thinkq from '../../side-by-side/thinkq.js'

const connection = (url) => ({ connector: 'database', dsn: url })

export function producer({ url }) {
  return thinkq.producer(connection(url))
}

export function worker({ url, concurrency, run }) {
  return thinkq.worker(connection(url), { concurrency, run })
}

/** The same with so many jobs held ahead by the worker. */
export function holding(prefetch) {
  return {
    producer,
    worker: ({ url, concurrency, run }) => thinkq.worker(connection(url), { concurrency, run, prefetch }),
  }
}
