import { testJob } from '../../../src/testing/index.ts'

const [file, port] = process.argv.slice(2)

await testJob(file!, { port: Number(port) }, { effects: () => null })
