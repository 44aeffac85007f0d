import type { EventName, Listener, Listeners, QueueEvents } from './contract/events.ts'

type AnyListener = (event: never) => void

/** Typed events. Emitting to nobody costs one property read; a listener that throws is reported and harms nothing. */
export class Emitter {
  #listeners: { [Name in EventName]?: AnyListener[] } = {}
  readonly #onError: (error: unknown, name: EventName) => void

  constructor(listeners: Listeners = {}, onError: (error: unknown, name: EventName) => void = () => {}) {
    this.#onError = onError
    for (const [name, listener] of Object.entries(listeners)) {
      if (listener) this.on(name as EventName, listener as Listener<EventName>)
    }
  }

  /** The answer removes the listener. */
  on<Name extends EventName>(name: Name, listener: Listener<Name>): () => void {
    const before = this.#listeners[name] ?? []
    this.#listeners = { ...this.#listeners, [name]: [...before, listener as AnyListener] }
    let isOn = true
    return () => {
      if (!isOn) return
      isOn = false
      const rest = [...(this.#listeners[name] ?? [])] as AnyListener[]
      rest.splice(rest.indexOf(listener as AnyListener), 1)
      this.#listeners = { ...this.#listeners, [name]: rest.length > 0 ? rest : undefined }
    }
  }

  /** Whether building the event is worth it. */
  hears(name: EventName): boolean {
    return this.#listeners[name] !== undefined
  }

  emit<Name extends EventName>(name: Name, event: QueueEvents[Name]): void {
    const listeners = this.#listeners[name]
    if (listeners === undefined) return
    for (const listener of listeners) {
      try {
        const answer: unknown = (listener as Listener<Name>)(event)
        if (answer instanceof Promise) answer.catch((error) => this.#onError(error, name))
      } catch (error) {
        this.#onError(error, name)
      }
    }
  }
}
