// A Durable Object that holds one living object: makes it from its tables, hands it calls and alarms, and keeps the sockets
// of those who listen for its bell. https://developers.cloudflare.com/durable-objects/
import { DurableObject } from 'cloudflare:workers';
import type { DurableObjectState, WebSocket as PlatformSocket } from '@cloudflare/workers-types';
import type { FrontEnv } from '../../ports/front-env.ts';
import type { LivingObject, ObjectEnv } from '../../ports/object-env.ts';
import type { Schema } from '../../ports/sql.ts';
import { callName } from '../shared/failpoints.ts';
import { runSchemaSteps } from '../shared/schema-steps.ts';
import { durableActors } from './actors.ts';
import { type Answer, answerOf } from '../shared/answer.ts';
import type { Bindings } from './bindings.ts';
import { countCall } from './costs.ts';
import { DurableAlarm } from './durable-alarm.ts';
import { DurableSql } from './durable-sql.ts';
import { failpointsOf } from './failpoints.ts';
import { type Methods, repeating } from '../shared/methods.ts';
import { frontEnvOf } from './front-env.ts';
import { nameOf } from './object-name.ts';
import { RunnerLoop } from '../shared/runner-loop.ts';
import { SocketBell, acceptListener } from './socket-bell.ts';
import { workersClock, workersLog, workersRandom } from './system.ts';
import { type WorkersSettings, readVariables } from './variables.ts';

/** A kind of object: its tables, how one comes to life, and what may be called on it. */
export interface Kind {
  readonly schema: Schema;
  readonly make: (env: ObjectEnv) => LivingObject;
  readonly methods: Methods;
  /** Anybody can ask for any name: one under which nothing was ever written is given its storage back. */
  readonly disposable: boolean;
  /** Makes what does the objects' work on the network; while it waits for that the platform keeps the object awake. */
  readonly runner?: (env: FrontEnv) => (shard: number) => Promise<void>;
}

/** In a Durable Object every table has one owner. */
const OWNER = 1;

/** What the Durable Objects of all kinds are. */
export class ObjectHost extends DurableObject<Bindings> {
  readonly #kind: Kind;
  readonly #settings: WorkersSettings;
  readonly #env: ObjectEnv;
  readonly #sql: DurableSql;
  readonly #alarm: DurableAlarm;
  /** Whether the object had no tables when it was loaded and nothing was written since, beside the tables. */
  #fresh = false;
  #living: LivingObject | undefined;
  #calls = 0;
  #runner: RunnerLoop | undefined;

  constructor(kind: Kind, ctx: DurableObjectState, bindings: Bindings) {
    super(ctx, bindings);
    this.#kind = kind;
    this.#settings = readVariables(bindings);
    const log = workersLog(this.#settings.logLevel);
    this.#alarm = new DurableAlarm(ctx.storage, log);
    const failpoint = failpointsOf(this.#settings.failpoint, () => ctx.abort('dropped at a failpoint'));
    this.#sql = new DurableSql(ctx.storage, { begin: () => this.#alarm.mark(), failpoint });
    this.#env = {
      owner: OWNER,
      name: nameOf(ctx.id.name ?? ''),
      settings: this.#settings,
      sql: this.#sql,
      clock: workersClock,
      random: workersRandom,
      alarm: this.#alarm,
      // Whatever leaves the object waits at the platform's output gate by itself; what stays inside and asks waits here.
      durability: { settled: () => ctx.storage.sync() },
      actors: durableActors(bindings, this.#settings.serverName, { clock: workersClock, random: workersRandom }),
      bell: new SocketBell(ctx),
      runner: { wake: () => this.#wake(bindings, failpoint) },
      log,
      failpoint,
    };
    void ctx.blockConcurrencyWhile(() => this.#alarm.load());
  }

  async call(part: string | undefined, method: string, args: readonly unknown[]): Promise<Answer> {
    this.#calls++;
    countCall();
    try {
      return await answerOf(
        async () => {
          if (repeating(this.#kind.methods, part, method) === undefined)
            throw new TypeError('there is no such method to call');
          const name = callName(this.#kind.schema.object, part, method);
          this.#env.failpoint(`before-${name}`);
          const result = await invoke(this.#live(), part, method, args);
          this.#env.failpoint(`after-${name}`);
          return result;
        },
        (error) =>
          this.#env.log.error('a call failed', {
            object: this.#kind.schema.object,
            name: this.#env.name,
            part,
            method,
            error: stackOf(error),
          }),
      );
    } finally {
      this.#calls--;
      await this.#giveBack();
    }
  }

  async alarm(): Promise<void> {
    await this.#alarm.fire(async () => {
      this.#env.failpoint('before-alarm');
      await this.#live().alarm();
      this.#env.failpoint('after-alarm');
    });
  }

  /** A front begins to listen for a user's bell. */
  async fetch(request: Request): Promise<Response> {
    return acceptListener(this.ctx, request);
  }

  webSocketMessage(): void {
    // Listeners have nothing to say.
  }

  webSocketClose(socket: PlatformSocket): void {
    socket.close();
  }

  /** See `DurableSql.failAfter`. */
  async failAfter(statements: number): Promise<boolean> {
    return this.#settings.test && this.#sql.failAfter(statements);
  }

  async drop(): Promise<void> {
    if (this.#settings.test) this.ctx.abort('dropped by a test');
  }

  #wake(bindings: Bindings, failpoint: (name: string) => void): void {
    const { runner } = this.#kind;
    if (!runner) return;
    this.#runner ??= new RunnerLoop(
      runner(frontEnvOf(bindings, this.#settings, failpoint)),
      () => this.ctx.storage.sync(),
      this.#env.log,
    );
    this.#runner.wake(Number(this.#env.name));
  }

  #live(): LivingObject {
    this.#living ??= this.#make();
    return this.#living;
  }

  #make(): LivingObject {
    this.#fresh = this.#sql.first("SELECT 1 AS found FROM sqlite_master WHERE name = 'schema_steps'") === undefined;
    runSchemaSteps(this.#sql, (text) => this.#sql.script(text), this.#kind.schema);
    this.#sql.forgetWrites();
    return this.#kind.make(this.#env);
  }

  /** Gives the storage of an object back that nothing was written to. What was read of it is as empty as before. */
  async #giveBack(): Promise<void> {
    if (!this.#kind.disposable || !this.#fresh || this.#calls > 0 || this.#living === undefined) return;
    this.#fresh = !this.#sql.wrote && this.#alarm.pending === undefined;
    if (!this.#fresh) return;
    this.#living = undefined;
    await this.ctx.storage.deleteAll();
  }
}

async function invoke(
  living: LivingObject,
  part: string | undefined,
  method: string,
  args: readonly unknown[],
): Promise<unknown> {
  const target: unknown = part === undefined ? living : Reflect.get(living, part);
  if (typeof target !== 'object' || target === null) throw new TypeError(`there is no part ${part}`);
  const operation: unknown = Reflect.get(target, method);
  if (typeof operation !== 'function') throw new TypeError(`there is no method ${method}`);
  return await Reflect.apply(operation, target, args);
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
