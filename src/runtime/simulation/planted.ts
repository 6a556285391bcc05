// Planted bugs: protections that a run goes without, to show that its judges notice. Each takes something away at a port or at
// a contract's door, from outside; nothing but the simulator can, and no setting reaches it. docs/compliance/simulation.md
// names the seeds that catch them.
import type { NewsRequest } from '../../ports/contracts/users-stream.ts';
import type { LivingObject, ObjectEnv } from '../../ports/object-env.ts';
import { reference } from '../shared/reference.ts';

type Operation = (...args: readonly unknown[]) => Promise<unknown>;
/** What stands instead of a method of a contract; `real` is that method. */
type Override = (real: Operation, args: readonly unknown[]) => Promise<unknown>;

interface Plant {
  /** The invariants of the simulation that it breaks. */
  readonly breaks: string;
  readonly what: string;
  /** Answers leave before the disk has what they show. */
  readonly openGate?: true;
  /** Statements that do nothing, by their beginning. */
  readonly mute?: string;
  /** Methods that do something else, by `part.method`. */
  readonly calls?: ReadonlyMap<string, Override>;
  /** Methods of other objects that do something else when this one calls them, by `part.method`. */
  readonly outward?: ReadonlyMap<string, Override>;
  readonly noAlarm?: true;
}

export const PLANTS = {
  'answer-before-sync': { breaks: 'S3', what: 'answers leave before the sync that covers them', openGate: true },
  'one-time-key-twice': {
    breaks: 'S7',
    what: 'a claimed one-time key is not marked as gone',
    mute: "UPDATE users_one_time_keys SET key = ''",
  },
  'sync-token-off-by-one': {
    breaks: 'S5',
    what: 'next_batch stands one position too early',
    calls: new Map([['stream.news', offByOne]]),
  },
  'to-device-acknowledged-early': {
    breaks: 'S8',
    what: 'messages are dropped when they are answered, not when the client shows that it has them',
    calls: new Map([['stream.news', acknowledgeAtOnce]]),
  },
  'delivery-gap-unnoticed': {
    breaks: 'S5',
    what: 'a delivery that was lost on the way is taken for done, and the gap before the next is not noticed',
    outward: new Map([['stream.apply', loseSome]]),
    calls: new Map([['stream.apply', seeNoGap]]),
  },
  'transaction-forgotten': {
    breaks: 'S11',
    what: 'transaction ids are not kept with their events',
    mute: 'INSERT OR IGNORE INTO room_transactions',
  },
  'logout-without-effect': {
    breaks: 'S10',
    what: 'a token lives on after logout',
    calls: new Map([['accounts.logout', async () => undefined]]),
  },
  'alarm-never-armed': { breaks: 'S5', what: 'what could not be delivered is not tried again', noAlarm: true },
  'device-change-untold': {
    breaks: 'V3',
    what: 'other groups do not hear of new devices',
    mute: 'INSERT INTO users_announcements',
  },
  'positions-reused': {
    breaks: 'S4',
    what: 'stream positions are not reserved on disk',
    mute: 'INSERT INTO users_stream (',
  },
  'gap-without-state': {
    breaks: 'S5',
    what: 'a limited timeline comes without the state changes before it',
    calls: new Map([['reading.window', dropStateOfGap]]),
  },
  'to-device-out-of-order': {
    breaks: 'S8',
    what: 'messages to a device come in reverse order',
    calls: new Map([['stream.news', reverseMessages]]),
  },
} as const satisfies Readonly<Record<string, Plant>>;

export type PlantedBug = keyof typeof PLANTS;
export const PLANTED_BUGS = Object.keys(PLANTS) as readonly PlantedBug[];

export function opensGate(planted: PlantedBug | undefined): boolean {
  return plantOf(planted)?.openGate ?? false;
}

/** An object's ports without what the bug takes away. */
export function plantedEnv(env: ObjectEnv, planted: PlantedBug | undefined): ObjectEnv {
  const plant = plantOf(planted);
  if (!plant) return env;
  const { mute, outward } = plant;
  const { sql, actors } = env;
  return {
    ...env,
    sql: {
      ...sql,
      run: (text, ...values) =>
        mute !== undefined && text.trimStart().startsWith(mute) ? 1 : sql.run(text, ...values),
    },
    alarm: plant.noAlarm ? { arm: () => undefined } : env.alarm,
    actors: outward ? { ...actors, users: (group) => redirected(actors.users(group), outward) } : actors,
  };
}

/** The object with the bug at its door. */
export function plantedObject(object: LivingObject, planted: PlantedBug | undefined): LivingObject {
  const calls = plantOf(planted)?.calls;
  if (!calls) return object;
  const parts = new Set([...calls.keys()].map((name) => name.split('.')[0]));
  return new Proxy(object, {
    get(target, name): unknown {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value === 'function') return (...args: unknown[]): unknown => Reflect.apply(value, target, args);
      return typeof name === 'string' && parts.has(name) ? redirected(value as object, calls, name) : value;
    },
  });
}

/** A contract, or one of its parts, with some methods overridden. */
function redirected<C extends object>(target: C, overrides: ReadonlyMap<string, Override>, ownPart?: string): C {
  return reference<C>(async (part, method, args) => {
    const owner: unknown = part === undefined ? target : Reflect.get(target, part);
    const operation = Reflect.get(owner as object, method) as Operation;
    const real: Operation = async (...given) => await (Reflect.apply(operation, owner, given) as Promise<unknown>);
    const override = overrides.get(`${ownPart ?? part}.${method}`);
    return await (override ? override(real, args) : real(...args));
  });
}

function plantOf(planted: PlantedBug | undefined): Plant | undefined {
  return planted === undefined ? undefined : PLANTS[planted];
}

interface Told {
  readonly nextBatch: string;
  readonly toDevice: readonly unknown[];
}

async function offByOne(real: Operation, args: readonly unknown[]): Promise<unknown> {
  const news = (await real(...args)) as Told;
  const [form, group, epoch, position, ...rest] = news.nextBatch.split('_');
  return { ...news, nextBatch: [form, group, epoch, Math.max(0, Number(position) - 1), ...rest].join('_') };
}

async function acknowledgeAtOnce(real: Operation, [by, request]: readonly unknown[]): Promise<unknown> {
  const news = (await real(by, request)) as Told;
  if (news.toDevice.length > 0) await real(by, { ...(request as NewsRequest), since: news.nextBatch });
  return news;
}

async function reverseMessages(real: Operation, args: readonly unknown[]): Promise<unknown> {
  const news = (await real(...args)) as Told;
  return { ...news, toDevice: news.toDevice.toReversed() };
}

async function loseSome(real: Operation, args: readonly unknown[]): Promise<unknown> {
  const entries = args[3] as readonly { readonly roomPos: number }[];
  const last = entries.at(-1)?.roomPos ?? 0;
  return last > 10 && last % 5 === 0 ? { applied: last } : await real(...args);
}

async function seeNoGap(real: Operation, [roomId, epoch, , entries]: readonly unknown[]): Promise<unknown> {
  return await real(roomId, epoch, 0, entries);
}

async function dropStateOfGap(real: Operation, args: readonly unknown[]): Promise<unknown> {
  const window = (await real(...args)) as { readonly limited: boolean };
  return window.limited ? { ...window, state: '[]', stateCount: 0 } : window;
}
