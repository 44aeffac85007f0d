import { createHash } from 'node:crypto'
import { frame } from './resp.ts'

/** A Lua script, known to Redis by its digest. */
export class Script {
  readonly name: string
  readonly lua: string
  readonly sha: string
  /** Its call by digest, as RESP sends it behind the count of arguments. */
  readonly call: string

  constructor(name: string, lua: string) {
    this.name = name
    this.lua = lua
    this.sha = createHash('sha1').update(lua).digest('hex')
    this.call = frame('EVALSHA') + frame(this.sha)
  }
}
