// An object's ports with a point of peril at each call. Those of a dead incarnation never settle, and its SQL throws.
import type { Actors } from '../../ports/actors.ts';
import type { ObjectEnv } from '../../ports/object-env.ts';
import { reference } from '../shared/reference.ts';
import { never } from './making.ts';
import type { Perils, Victim } from './perils.ts';

/** Something that lives until a strike or a crash ends it. */
export interface Mortal extends Victim {
  readonly alive: boolean;
}

export class Passage {
  readonly #perils: Perils;
  readonly #mortal: Mortal;

  constructor(perils: Perils, mortal: Mortal) {
    this.#perils = perils;
    this.#mortal = mortal;
  }

  /** Throws if the object is dead, or dies here. */
  demand(where: string): void {
    if (this.#mortal.alive) this.#perils.pass(this.#mortal, where);
    if (!this.#mortal.alive) throw new Error('this incarnation is dead');
  }

  /** Throws if the object is dead. */
  look(): void {
    if (!this.#mortal.alive) throw new Error('this incarnation is dead');
  }

  /** Runs `operation` between two points; never settles if the object dies before, meanwhile or after it. */
  async across<T>(where: string, operation: () => Promise<T>): Promise<T> {
    if (this.#mortal.alive) this.#perils.pass(this.#mortal, `> ${where}`);
    if (!this.#mortal.alive) return never();
    try {
      return await operation();
    } finally {
      if (this.#mortal.alive) this.#perils.pass(this.#mortal, `< ${where}`);
      if (!this.#mortal.alive) await never();
    }
  }
}

export function perilousEnv(env: ObjectEnv, passage: Passage): ObjectEnv {
  const { sql, alarm, bell, runner, durability } = env;
  return {
    ...env,
    sql: {
      all: (text, ...values) => (passage.look(), sql.all(text, ...values)),
      first: (text, ...values) => (passage.look(), sql.first(text, ...values)),
      run: (text, ...values) => (passage.look(), sql.run(text, ...values)),
      transaction: (operation) => {
        passage.demand('begins a transaction');
        const result = sql.transaction(operation);
        passage.demand('ended a transaction');
        return result;
      },
    },
    alarm: {
      arm: (atMs) => {
        passage.demand('arms the alarm');
        alarm.arm(atMs);
      },
    },
    bell: {
      ring: (userIds) => {
        passage.demand('rings');
        bell.ring(userIds);
      },
    },
    runner: {
      wake: () => {
        passage.demand('wakes the runner');
        runner.wake();
      },
    },
    durability: { settled: () => passage.across('settled', () => durability.settled()) },
    actors: perilousActors(env.actors, passage),
  };
}

export function perilousActors(actors: Actors, passage: Passage): Actors {
  const around = <C extends object>(name: string, target: C): C =>
    reference<C>((part, method, args) =>
      passage.across(`${name} ${part === undefined ? '' : `${part}.`}${method}`, async () => {
        const owner: unknown = part === undefined ? target : Reflect.get(target, part);
        const operation = Reflect.get(owner as object, method) as (...args: readonly unknown[]) => Promise<unknown>;
        return await operation(...args);
      }),
    );
  return {
    home: () => around('home', actors.home()),
    room: (roomId) => around('room', actors.room(roomId)),
    users: (group) => around(`users ${group}`, actors.users(group)),
    servers: (name) => around('servers', actors.servers(name)),
    serversShard: (shard) => around(`servers ${shard}`, actors.serversShard(shard)),
    shardOf: (name) => actors.shardOf(name),
  };
}
