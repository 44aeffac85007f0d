import { sqliteDriver } from '../../../src/database/sqlite/driver.ts'

/** Says which driver this process has, or why none, and every warning that was shown. */
const warnings: string[] = []
process.on('warning', (warning) => warnings.push(warning.message))
const answer = await sqliteDriver().then(
  ({ name, version }) => ({ name, version }),
  ({ name, message }: Error) => ({ name, message }),
)
process.emitWarning('another warning')
await new Promise((resolve) => setImmediate(resolve))
process.send?.({ ...answer, warnings })
process.disconnect?.()
