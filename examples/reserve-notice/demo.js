// Starts the demo. Node 20 reads no TypeScript, so it goes through the loader that `queue work` reads jobs with.
import { fileURLToPath } from 'node:url'
import { loadModule } from '../../dist/process/modules.js'

const { main } = await loadModule(fileURLToPath(new URL('./demo/main.ts', import.meta.url)))
process.exitCode = await main(process.argv.slice(2))
