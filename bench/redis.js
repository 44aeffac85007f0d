// Figures against the peers on Redis: `npm run bench:redis -- [--quick] [--only=bullmq,bull] [--write]`.
import { contenders } from './redis/contenders.js'
import { PingRole } from './redis/ping-role.js'
import { run } from './redis/run.js'
import { serve } from './side-by-side/child.js'
import { ProducerRole } from './side-by-side/producer-role.js'
import { WorkerRole } from './side-by-side/worker-role.js'

const roles = {
  ping: () => new PingRole(),
  producer: () => new ProducerRole(contenders),
  worker: () => new WorkerRole(contenders),
}
const at = process.argv.indexOf('--role')

if (at === -1) await run(process.argv.slice(2))
else serve(roles[process.argv[at + 1]]())
