// Figures against the peers on databases: `npm run bench:database -- [--quick] [--only=thinkq-mysql,processing] [--write]`.
import { contenders } from './database/contenders.js'
import { DepthRole } from './database/depth-role.js'
import { run } from './database/run.js'
import { runOrServe } from './side-by-side/child.js'
import { ProducerRole } from './side-by-side/producer-role.js'
import { WorkerRole } from './side-by-side/worker-role.js'

const modules = Object.fromEntries(Object.entries(contenders).map(([name, { load }]) => [name, load]))
await runOrServe(run, {
  depth: () => new DepthRole(),
  producer: () => new ProducerRole(modules),
  worker: () => new WorkerRole(modules),
})
