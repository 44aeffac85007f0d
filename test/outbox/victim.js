// A producer or a relay that kills itself at one step, with the built package: node victim.js <JSON of Task>.
import process from 'node:process'

const task = JSON.parse(process.argv[2])
const { compose } = await import(`${task.dist}/compose.js`)
const { resolveConfig } = await import(`${task.dist}/config/resolve.js`)
const { createDatabase } = await import(`${task.dist}/database/index.js`)

const config = await resolveConfig(task.config, { file: null, root: '/', env: {}, searched: [] })
const context = await compose(config)
const die = () => process.kill(process.pid, 'SIGKILL')

let left = task.after
/** Dies at the step once it has come so many times; then nothing goes on. */
const at = async (step) => {
  if (step !== task.step || --left > 0) return
  die()
  await new Promise(() => undefined)
}

const store = context.connector.outbox
for (const name of ['take', 'forget']) {
  const call = store[name].bind(store)
  store[name] = async (...args) => {
    await at(`before ${name}`)
    const answer = await call(...args)
    await at(`after ${name}`)
    return answer
  }
}

if (task.role === 'relay') {
  context.relay().start()
  // The relay alone keeps no process alive; one that has not died by then fails the test.
  setTimeout(() => undefined, 20_000)
} else await produce()

async function produce() {
  const queue = context.queue()
  const database = createDatabase(task.url)
  for (let number = 0; number < 200; number++) {
    const isKept = number % 4 !== 0
    await database
      .transaction(async (tx) => {
        const { insertId } = await tx.execute(`INSERT INTO ${task.orders} VALUES ()`)
        await queue.push('Notice', insertId, { tx })
        await at('in the transaction')
        if (!isKept) throw new Error('rolled back')
        if (task.step === 'during the commit' && --left <= 0) setImmediate(die)
      })
      .catch((error) => {
        if (isKept) throw error
      })
    // A relay or a sender at work beside it, as in an application that does more than to push; and in the end each is sent
    // alone, so that the step is reached however slow the machine is.
    if (number >= 40) await new Promise((resolve) => setTimeout(resolve, 50))
    else if (number % 3 === 0) await new Promise((resolve) => setTimeout(resolve, 3))
  }
}
