// Figures against the peers on Redis: `npm run bench:redis -- [--quick] [--only=bullmq,bull] [--write]`.
import { serve } from './redis/child.js'
import { PingRole } from './redis/ping-role.js'
import { ProducerRole } from './redis/producer-role.js'
import { run } from './redis/run.js'
import { WorkerRole } from './redis/worker-role.js'

const roles = { ping: PingRole, producer: ProducerRole, worker: WorkerRole }
const at = process.argv.indexOf('--role')

if (at === -1) await run(process.argv.slice(2))
else serve(new roles[process.argv[at + 1]]())
