import { join } from 'node:path'
import { commandOf, type Unit } from './unit.ts'

/** An ecosystem file of pm2. */
export function pm2Ecosystem(unit: Unit): string {
  const [node, script, ...args] = commandOf(unit)
  const file = JSON.stringify(join(unit.log.value, `${unit.name}.log`))
  return `// Printed by \`queue service pm2\`.
// 1. Write it to ${unit.name}.config.cjs
// 2. pm2 start ${unit.name}.config.cjs && pm2 save
// After a deploy: queue restart, or pm2 restart ${unit.name}
module.exports = {
  apps: [
    {
      name: ${JSON.stringify(unit.name)},
      interpreter: ${JSON.stringify(node)},
      script: ${JSON.stringify(script)},
      args: ${JSON.stringify(args)},
      cwd: ${JSON.stringify(unit.root)},
${unit.user.isAsked ? `      uid: ${JSON.stringify(unit.user.value)},\n` : ''}      exec_mode: 'fork',
      instances: ${unit.processes},
      // A worker that ends is started anew, whatever it ended by and however often, but for 2: a mistake in the configuration
      // stays until it is mended.
      stop_exit_codes: [2],
      max_restarts: 1_000_000_000,
      // The grace time and ${unit.beyondGrace} s more, in ms: change them together. Sooner would be kill -9 in the midst of a job.
      kill_timeout: ${unit.stopSeconds * 1_000},
      // The worker is told to stop and ends what it started.
      treekill: false,
      out_file: ${file},
      error_file: ${file},
      merge_logs: true,
    },
  ],
}
`
}
