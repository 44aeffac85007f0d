/** One database on a store that others share. */
export class Place {
  #store
  #name

  constructor(store, name) {
    this.#store = store
    this.#name = name
  }

  get target() {
    return { url: this.#store.urlOf(this.#name) }
  }

  start() {
    return this.flush()
  }

  flush() {
    return this.#store.create(this.#name)
  }

  cpuMs() {
    return this.#store.cpuMs()
  }

  statements() {
    return this.#store.statements()
  }

  /** The store is ended by whoever started it. */
  async stop() {}
}
