// Figures against the peers on Redis: `npm run bench:redis -- [--quick] [--only=bullmq,bull] [--write]`.
import { contenders } from './redis/contenders.js'
import { PingRole } from './redis/ping-role.js'
import { run } from './redis/run.js'
import { runOrServe } from './side-by-side/child.js'
import { ProducerRole } from './side-by-side/producer-role.js'
import { WorkerRole } from './side-by-side/worker-role.js'

await runOrServe(run, {
  ping: () => new PingRole(),
  producer: () => new ProducerRole(contenders),
  worker: () => new WorkerRole(contenders),
})
