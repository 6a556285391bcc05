// The platform's own time, chance, timers and network, poisoned for whatever runs inside a simulation: a run that asked them
// would not be decided by its seed. Others in the same process go on using them.
import { AsyncLocalStorage } from 'node:async_hooks';

const inside = new AsyncLocalStorage<true>();
let poisoned = false;

/** Runs `operation`, and all that follows from it, without the platform. */
export function withoutPlatform<T>(operation: () => T): T {
  poison();
  return inside.run(true, operation);
}

/** Once for the process; outside of a simulation nothing is changed. */
function poison(): void {
  if (poisoned) return;
  poisoned = true;
  for (const name of ['setTimeout', 'setInterval', 'setImmediate', 'fetch']) guard(globalThis, name, name);
  guard(Math, 'random', 'Math.random');
  guard(performance, 'now', 'performance.now');
  guard(crypto, 'randomUUID', 'crypto.randomUUID');
  guard(crypto, 'getRandomValues', 'crypto.getRandomValues');
  guard(Date, 'now', 'Date.now');
  globalThis.Date = new Proxy(Date, {
    construct(target, args, self): object {
      if (args.length === 0 && inside.getStore()) refuse('new Date');
      return Reflect.construct(target, args, self) as object;
    },
    apply(target, self, args): unknown {
      if (inside.getStore()) refuse('Date');
      return Reflect.apply(target, self, args);
    },
  });
}

function guard(holder: object, member: string, name: string): void {
  const real: unknown = Reflect.get(holder, member);
  if (typeof real !== 'function') throw new Error(`there is no ${name} to poison`);
  const guarded = new Proxy(real, {
    apply(target, self, args): unknown {
      if (inside.getStore()) refuse(name);
      return Reflect.apply(target as (...args: never[]) => unknown, self, args);
    },
  });
  Object.defineProperty(holder, member, { value: guarded, configurable: true, writable: true });
}

function refuse(name: string): never {
  throw new PlatformUsed(`${name} was used inside a simulation`);
}

export class PlatformUsed extends Error {}
