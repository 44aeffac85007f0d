import * as thinkq from '../../side-by-side/thinkq.js'

const connection = (port) => ({ connector: 'redis', host: '127.0.0.1', port })

export function producer({ port }) {
  return thinkq.producer(connection(port))
}

export function worker({ port, concurrency, run }) {
  return thinkq.worker(connection(port), { concurrency, run })
}
