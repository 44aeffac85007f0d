import { createHash } from 'node:crypto'

/** A Lua script, known to Redis by its digest. */
export class Script {
  readonly name: string
  readonly lua: string
  readonly sha: string

  constructor(name: string, lua: string) {
    this.name = name
    this.lua = lua
    this.sha = createHash('sha1').update(lua).digest('hex')
  }
}
