import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'

/** One message the stand-in accepted. */
export interface Accepted {
  /** The `client_msg_id` of the message: the number of its reservation. */
  readonly reservationNumber: string
  readonly openId: string
}

/** The accepted messages, one line of JSON each in a file that is only ever appended to: it outlives whoever writes it. */
export class Ledger {
  readonly file: string

  constructor(file: string) {
    this.file = file
    writeFileSync(file, '', { flag: 'a' })
  }

  append(message: Accepted): void {
    appendFileSync(this.file, `${JSON.stringify(message)}\n`)
  }

  /** Everything accepted so far, in order, as the file has it. */
  read(): Accepted[] {
    const lines = readFileSync(this.file, 'utf8').split('\n')
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line))
  }
}
