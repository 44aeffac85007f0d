/** A job that says this, its data and its process. */
export const says = (text: string) => `export default class Says {
  async fire(job, data) {
    console.log('${text} ' + JSON.stringify(data) + ' in ' + process.pid)
    await job.delete()
  }
}
`

/** One that says which try it is, and when it is loaded. */
export const tries = `console.log('loaded')
export default class Tries {
  async fire(job, data) {
    console.log('try ' + job.attempts + ' of ' + data)
    await job.delete()
  }
}
`
