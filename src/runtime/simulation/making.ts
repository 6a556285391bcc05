// What a simulated homeserver is made of, whichever of the two modes it runs in.
import { createHash } from 'node:crypto';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { FrontEnv } from '../../ports/front-env.ts';
import type { HttpAnswer, HttpHandler, HttpRequest } from '../../ports/http.ts';
import type { Log } from '../../ports/log.ts';
import type { Passwords } from '../../ports/passwords.ts';
import type { Settings } from '../../ports/settings.ts';
import type { Methods } from '../shared/methods.ts';
import type { Kind } from '../shared/objects.ts';
import type { Perils } from './perils.ts';
import type { PlantedBug } from './planted.ts';
import type { Scheduler } from './scheduler.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { BlobDisk } from './simulated-blobs.ts';
import type { Internet } from './simulated-http.ts';
import type { StorageFaults } from './storage-faults.ts';

/** `node`: all objects on one database, one commit a turn. `durable`: each on its own, dropped from memory one by one. */
export type Mode = 'node' | 'durable';
export const MODES: readonly Mode[] = ['node', 'durable'];

/** `process`: what was committed stays. `power`: what was synced stays. */
export type CrashKind = 'process' | 'power';

/** A kind of object, and how calls to it may be repeated where objects die one by one. */
export interface SimulatedKind extends Kind {
  readonly methods: Methods;
}

export interface Making {
  readonly mode: Mode;
  readonly scheduler: Scheduler;
  readonly random: SeededRandom;
  readonly perils: Perils;
  /** What the databases of all lives fail at. */
  readonly storage: StorageFaults;
  readonly settings: Settings;
  readonly kinds: ReadonlyMap<string, SimulatedKind>;
  readonly makeFront: (env: FrontEnv) => HttpHandler;
  /** Makes what begins the work that a shard of Servers has due. Without one nothing is done. */
  readonly makeRunner?: (env: FrontEnv) => (shard: number) => Promise<void>;
  readonly log: Log;
  /** The other servers that there are. */
  readonly internet: Internet;
  /** Outlives every life, as the databases do. */
  readonly blobDisk: BlobDisk;
  readonly planted: PlantedBug | undefined;
  /** By how much this machine's wall clock alone is wrong. */
  readonly wall?: { readonly shiftMs: number };
  /** Whether an object takes no calls of this method, where objects die one by one: it is overloaded, or away for long. */
  readonly isAway?: (object: string, method: string) => boolean;
}

/** The databases that a life has left, by object; on Node there is one. */
export type Remains = ReadonlyMap<string, Uint8Array>;

/** One life of a machine, from its start to its crash. */
export interface Life {
  readonly alive: boolean;
  /** Resolves when it has died. */
  readonly ended: Promise<void>;
  answer(request: HttpRequest): Promise<HttpAnswer>;
  /** Its databases as they are, for who looks at them from outside. */
  images(): Remains;
  /** Ends at once: nothing that was asked of it is ever answered. */
  die(how: CrashKind): Remains;
}

/** Virtual time zero on the wall clock. */
const EPOCH_MS = Date.UTC(2026, 0, 1);

/** The clock of something that may die: its timers end with it. */
export function virtualClock({ scheduler, wall }: Pick<Making, 'scheduler' | 'wall'>, alive: () => boolean): Clock {
  return {
    now: () => EPOCH_MS + scheduler.wallShiftMs + (wall?.shiftMs ?? 0) + Math.floor(scheduler.now),
    monotonic: () => scheduler.now,
    timer: (ms, then): Timer => {
      let cancelled = false;
      scheduler.after(ms, 'timer', () => {
        if (alive() && !cancelled) then();
      });
      return {
        cancel: () => {
          cancelled = true;
        },
      };
    },
  };
}

/** The dead report nothing. */
export function logWhile(alive: () => boolean, log: Log): Log {
  const tell =
    (level: keyof Log): Log[keyof Log] =>
    (message, facts) => {
      if (alive()) log[level](message, facts);
    };
  return { debug: tell('debug'), info: tell('info'), warn: tell('warn'), error: tell('error') };
}

/** What is asked of the dead. */
export function never(): Promise<never> {
  return new Promise<never>(() => undefined);
}

/** A real hash is slow on purpose, and would finish on threads whose order no seed decides. */
export const QUICK_PASSWORDS: Passwords = {
  hash: async (password) => `quick$${createHash('sha256').update(password).digest('hex')}`,
  verify: async (password, hash) => hash === `quick$${createHash('sha256').update(password).digest('hex')}`,
};
