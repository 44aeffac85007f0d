import type { Command } from 'ioredis'
import type { Ms } from '../../contract/time.ts'
import { type CommandMaker, commandMaker } from './command.ts'
import { briefly, connectFailure } from './connect-failure.ts'
import { Connection } from './connection.ts'
import { closedLink, isReply, isUnsent, lostAnswer, refusal, unreachable } from './errors.ts'
import type { ServerFacts } from './handshake.ts'
import { namingMasters } from './masters.ts'
import { Outstanding } from './outstanding.ts'
import { evaluation, Pending, type Sendable, usualDeadlineMs } from './pending.ts'
import type { Script } from './script.ts'
import { ScriptCall } from './script-call.ts'
import { placeOf, type RedisTarget } from './target.ts'
import { Warnings } from './warnings.ts'
import { namingKeys } from './wrong-type.ts'

export type Argument = string | number | Buffer

/**
 * One connection to Redis (on a cluster, one to each node), made anew for ever. Every command settles: with its answer, with a
 * `RedisFailure` at its deadline at the latest. None is sent twice, but a script the server had forgotten.
 */
export class Link {
  readonly target: RedisTarget
  readonly role: string
  /** How often a connection became usable. */
  epoch = 0
  /** What the server said when the connection was made. */
  facts: ServerFacts | undefined
  readonly #place: string
  readonly #pending = new Outstanding((pending) => this.#late(pending))
  readonly #upListeners = new Set<() => void>()
  readonly #messageListeners = new Set<(channel: string, text: string) => void>()
  readonly #warnings: Warnings
  #commandOf: CommandMaker | undefined
  #connection: Connection | undefined
  #opening: Promise<void> | undefined
  /** Ends the first attempt, which is under way. */
  #refuse: ((why: Error) => void) | undefined
  #isUp = false
  #isClosed = false
  /** Why there is no connection now. */
  #why = 'it was not opened'

  constructor(target: RedisTarget, role = 'main') {
    this.target = target
    this.role = role
    this.#place = placeOf(target)
    this.#warnings = new Warnings(this.#place)
  }

  get isCluster(): boolean {
    return this.target.kind === 'cluster'
  }

  get isUp(): boolean {
    return this.#isUp
  }

  /** Resolves when it is usable; rejects when the first attempt fails, and then it may be opened again. */
  open(): Promise<void> {
    if (this.#isClosed) return Promise.reject(closedLink(this.#place, false))
    this.#opening ??= this.#open()
    return this.#opening
  }

  /** All that is pending rejects. Safe to call twice. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#isUp = false
    this.#connection?.stop()
    for (const pending of this.#pending)
      this.#fail(pending, closedLink(this.#place, pending.sent !== undefined))
    this.#pending.close()
    this.#refuse?.(closedLink(this.#place, false))
    await this.#opening?.catch(() => undefined)
  }

  /** Another link to the same place, to be opened by itself. */
  duplicate(role: string): Link {
    return new Link(this.target, role)
  }

  /** Runs a script; `keys` decide the node. */
  run(
    script: Script,
    keys: readonly string[],
    args: readonly Argument[],
    deadlineMs: Ms = usualDeadlineMs,
  ): Promise<unknown> {
    return this.perform(new ScriptCall(script, keys, args, this), deadlineMs)
  }

  /** The same for a call that may have to be repeated. */
  perform(call: ScriptCall, deadlineMs: Ms = usualDeadlineMs): Promise<unknown> {
    return this.#issue(evaluation(call, 'EVALSHA', deadlineMs))
  }

  /** Any command. `deadlineMs` replaces the usual one, for commands that block. */
  send(command: string, args: readonly Argument[], deadlineMs = usualDeadlineMs): Promise<unknown> {
    return this.#issue(new Pending(command, args, 'utf8', deadlineMs))
  }

  /** A command that is written out already. */
  sendWhole(command: string, whole: Sendable): Promise<unknown> {
    return this.#issue(new Pending(command, [], 'utf8', usualDeadlineMs, whole))
  }

  /** Lets what `send` sends travel in one write, while there is a connection. */
  inOneWrite<Sent>(send: () => Sent): Sent {
    return this.#isUp ? this.#connection!.inOneWrite(send) : send()
  }

  /** The same with Buffers for the texts of the answer. */
  sendBuffer(command: string, args: readonly Argument[], deadlineMs: Ms = usualDeadlineMs): Promise<unknown> {
    return this.#issue(new Pending(command, args, null, deadlineMs))
  }

  /** Called each time the connection became usable, the first time included, before commands that waited are sent. */
  onUp(listener: () => void): () => void {
    this.#upListeners.add(listener)
    return () => this.#upListeners.delete(listener)
  }

  /** Texts for the operator; what still holds is told to a late listener too. */
  onWarning(listener: (text: string) => void): () => void {
    return this.#warnings.on(listener)
  }

  /** What channels bring, once `subscribe` (in lower case, as ioredis wants it) was sent; again on each `onUp`. */
  onMessage(listener: (channel: string, text: string) => void): () => void {
    this.#messageListeners.add(listener)
    return () => this.#messageListeners.delete(listener)
  }

  async #open(): Promise<void> {
    this.#commandOf ??= await commandMaker()
    try {
      await new Promise<void>((resolve, reject) => {
        if (this.#isClosed) throw closedLink(this.#place, false)
        this.#refuse = reject
        this.#connection = this.#connect(resolve, reject)
      })
    } catch (error) {
      this.#connection?.stop()
      this.#connection = undefined
      this.#opening = undefined
      throw await namingMasters(error, this.target)
    }
  }

  #connect(opened: () => void, refused: (why: Error) => void): Connection {
    const connection = new Connection(this.target, this.role, {
      up: (facts) => {
        opened()
        this.#up(facts)
      },
      down: (why) => this.#down(why),
      failed: (why) => {
        this.#why = briefly(why)
        if (this.epoch === 0) refused(connectFailure(why, this.target))
      },
      message: (channel, text) => {
        for (const listener of this.#messageListeners) listener(channel, text)
      },
    })
    connection.start().catch(refused)
    return connection
  }

  #up(facts: ServerFacts): void {
    this.epoch++
    this.#warnings.greeted(facts, this.facts)
    this.facts = facts
    this.#isUp = true
    for (const listener of this.#upListeners) listener()
    for (const pending of this.#pending) if (pending.sent === undefined) this.#dispatch(pending)
  }

  #down(why: Error): void {
    this.#isUp = false
    this.#why = briefly(why)
    for (const pending of this.#pending)
      if (pending.sent !== undefined) this.#fail(pending, lostAnswer(this.#place, this.#why))
      else if (this.target.waits === false) this.#fail(pending, unreachable(this.#place, this.#why))
  }

  #issue(pending: Pending): Promise<unknown> {
    this.#pending.add(pending)
    if (this.#isUp) this.#dispatch(pending)
    else if (this.#isClosed) this.#fail(pending, closedLink(this.#place, false))
    else if (this.#connection === undefined || this.target.waits === false)
      this.#fail(pending, unreachable(this.#place, this.#why))
    return pending.promise
  }

  #dispatch(pending: Pending): void {
    const command = this.#commandOf!(pending)
    pending.sent = command
    command.promise.then(
      (answer) => {
        if (this.#pending.delete(pending)) pending.resolve(answer)
      },
      (error: Error) => this.#refused(pending, command, error),
    )
    this.#connection!.send(command)
  }

  #refused(pending: Pending, command: Command, error: Error): void {
    if (pending.sent !== command || !this.#pending.has(pending)) return
    if (isUnsent(error)) {
      // The news that the connection is gone is on its way.
      pending.sent = undefined
      return
    }
    const failure = isReply(error)
      ? refusal(error.message, this.target)
      : lostAnswer(this.#place, error.message)
    if (failure.code === 'NOSCRIPT' && pending.whole !== undefined) this.#again(pending, pending.whole)
    else if (failure.code === 'WRONGTYPE')
      void namingKeys(failure, pending.keys, (key) => this.send('TYPE', [key])).then((named) =>
        this.#fail(pending, named),
      )
    else this.#fail(pending, failure)
    if (failure.code === 'READONLY' || failure.code === 'NOAUTH') this.#connection?.break(failure)
  }

  /** EVAL runs the script and makes the server keep it, on the node that lacked it. */
  #again(pending: Pending, call: Sendable): void {
    const whole = evaluation(call, 'EVAL', pending.deadlineAt - performance.now())
    this.#pending.delete(pending)
    this.#issue(whole).then(pending.resolve, pending.reject)
  }

  #fail(pending: Pending, error: Error): void {
    if (this.#pending.delete(pending)) pending.reject(error)
  }

  /** Gives up what is over its deadline, and the connection that did not answer it. */
  #late(pending: Pending): void {
    const { sent, deadlineMs } = pending
    const late = `no answer within ${Math.round(deadlineMs) / 1000} s`
    this.#fail(pending, sent ? lostAnswer(this.#place, late) : unreachable(this.#place, this.#why))
    if (sent) this.#connection?.break(new Error(late), sent)
  }
}
