import { peer } from '../../side-by-side/peers.js'

const { Job } = await peer('sidequest')

export class Count extends Job {
  run(data) {
    return globalThis.sidequestBenchRun(data)
  }
}
