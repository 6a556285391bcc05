// What may happen in a run of the property test of sync: a list that a seed decides, plain values, so that a list which fails
// can be cut down to what it takes.
import type { CrashKind } from '../../../src/runtime/simulation/making.ts';
import { type Failure, STORAGE_FAILURES } from '../../../src/runtime/simulation/storage-faults.ts';
import { SeededRandom } from '../../../src/runtime/simulation/seeded-random.ts';

export type Visibility = 'world_readable' | 'shared' | 'invited' | 'joined';

/** Users, rooms and devices are numbers; a number too large counts around. */
type What =
  | { readonly kind: 'say'; readonly user: number; readonly device: number; readonly room: number }
  | { readonly kind: 'state'; readonly user: number; readonly room: number; readonly key: number }
  | { readonly kind: 'visibility'; readonly room: number; readonly visibility: Visibility }
  | { readonly kind: 'join' | 'leave'; readonly user: number; readonly room: number }
  | {
      readonly kind: 'invite' | 'kick' | 'ban' | 'unban';
      readonly user: number;
      readonly room: number;
    }
  | {
      readonly kind: 'message';
      readonly user: number;
      readonly to: number;
      /** A device, or all of them. */
      readonly device: number | '*';
    }
  | { readonly kind: 'redact' | 'data' | 'read'; readonly user: number; readonly room: number }
  | { readonly kind: 'claim'; readonly user: number; readonly from: number }
  | { readonly kind: 'upload'; readonly user: number }
  | { readonly kind: 'login'; readonly user: number; readonly wish: SyncWish }
  | { readonly kind: 'logout'; readonly user: number }
  | { readonly kind: 'sync'; readonly user: number; readonly device: number; readonly how: SyncHow }
  | {
      readonly kind: 'crash';
      readonly crash: CrashKind;
      /** At which point from now on; 0 is now, between two steps. */
      readonly points: number;
      readonly alone: boolean;
      readonly downMs: number;
    }
  /** The n-th statement from now on fails. */
  | { readonly kind: 'storage'; readonly failure: Failure; readonly statements: number; readonly undoes: boolean }
  /** The wall clock is set, so far from the right time. */
  | { readonly kind: 'clock'; readonly days: number };

export type Operation = What & {
  readonly waitMs: number;
  /** Does not ask again when there was no answer. */
  readonly givesUp: boolean;
};

export interface SyncHow {
  readonly timeoutMs: number;
  readonly fullState: boolean;
  /** 0: from the newest token. More: from an older one. */
  readonly back: number;
  /** Asks twice at the same time. */
  readonly twice: boolean;
}

/** How a device asks for its syncs. */
export interface SyncWish {
  readonly limit: number;
  readonly stateAfter: boolean;
  /** Whether its timeline holds messages alone. */
  readonly messagesOnly: boolean;
  /** Whether it is told the members of who speaks alone. */
  readonly lazy: boolean;
  /** Whether it names the end when it fills a gap. */
  readonly fillsTo: boolean;
}

export interface Plan {
  readonly seed: number;
  readonly rooms: readonly { readonly version: string; readonly visibility: Visibility }[];
  /** By user, by device. The first user makes the rooms and stays in them. */
  readonly devices: readonly (readonly SyncWish[])[];
  readonly weather: {
    readonly requestsLost: number;
    readonly answersLost: number;
    readonly delayMs: number;
  };
  readonly operations: readonly Operation[];
}

const VISIBILITIES = ['world_readable', 'shared', 'invited', 'joined'] as const;
const KINDS = [
  'say',
  'state',
  'visibility',
  'join',
  'leave',
  'invite',
  'kick',
  'ban',
  'unban',
  'message',
  'redact',
  'data',
  'read',
  'claim',
  'upload',
  'login',
  'logout',
  'sync',
  'crash',
  'storage',
  'clock',
] as const;
type OperationKind = (typeof KINDS)[number];
/** How often each is chosen, before a seed makes some rarer and others more frequent. */
const WEIGHTS: Readonly<Record<OperationKind, number>> = {
  say: 20,
  state: 10,
  visibility: 2,
  join: 8,
  leave: 4,
  invite: 3,
  kick: 3,
  ban: 1,
  unban: 2,
  message: 10,
  redact: 3,
  data: 3,
  read: 4,
  claim: 4,
  upload: 2,
  login: 1,
  logout: 1,
  sync: 40,
  crash: 8,
  storage: 8,
  clock: 3,
};
const USERS = 3;
/** How many operations a run has, if nothing else is asked for. */
export const STEPS = 50;

export function planOf(seed: number, steps: number): Plan {
  const random = new SeededRandom(seed);
  const weights = KINDS.map((kind) => WEIGHTS[kind] * random.pick([0.2, 1, 1, 3]));
  const count = 1 + random.below(2);
  return {
    seed,
    rooms: Array.from({ length: count }, () => ({
      version: random.pick(['10', '11', '12']),
      visibility: random.pick(VISIBILITIES),
    })),
    devices: [[wishOf(random)], [wishOf(random), wishOf(random)], [wishOf(random)]],
    weather: {
      requestsLost: random.below(8),
      answersLost: random.below(12),
      delayMs: 1 + random.below(60),
    },
    operations: Array.from({ length: steps }, () => ({
      ...operationOf(random, weights),
      waitMs: random.chance(30) ? 0 : random.below(120),
      givesUp: random.chance(25),
    })),
  };
}

function wishOf(random: SeededRandom): SyncWish {
  return {
    limit: 1 + random.below(3),
    stateAfter: random.chance(50),
    messagesOnly: random.chance(20),
    lazy: random.chance(25),
    fillsTo: random.chance(50),
  };
}

function operationOf(random: SeededRandom, weights: readonly number[]): What {
  const [user, room, device] = [random.below(USERS), random.below(2), random.below(2)];
  const other = random.below(USERS);
  const kind = weighted(random, weights);
  switch (kind) {
    case 'say':
      return { kind, user, device, room };
    case 'redact':
    case 'data':
    case 'read':
      return { kind, user, room };
    case 'state':
      return { kind, user, room, key: random.below(3) };
    case 'visibility':
      return { kind, room, visibility: random.pick(VISIBILITIES) };
    case 'join':
    case 'leave':
    case 'invite':
    case 'kick':
    case 'ban':
    case 'unban':
      // The first user stays in the rooms, as the witness of all that happened.
      return { kind, user: 1 + random.below(USERS - 1), room };
    case 'message':
      return { kind, user, to: other, device: random.chance(60) ? '*' : device };
    case 'claim':
      return { kind, user, from: other };
    case 'upload':
    case 'logout':
      return { kind, user };
    case 'login':
      return { kind, user, wish: wishOf(random) };
    case 'sync':
      return {
        kind,
        user,
        device,
        how: {
          timeoutMs: random.chance(40) ? random.below(3000) : 0,
          fullState: random.chance(4),
          back: random.chance(12) ? 1 + random.below(6) : 0,
          twice: random.chance(10),
        },
      };
    case 'crash':
      return {
        kind,
        crash: random.pick(['process', 'power']),
        points: random.chance(15) ? 0 : 1 + random.below(60),
        alone: random.chance(75),
        downMs: random.below(300),
      };
    case 'storage':
      return {
        kind,
        failure: random.pick(STORAGE_FAILURES),
        statements: 1 + random.below(80),
        undoes: random.chance(50),
      };
    case 'clock':
      return { kind, days: random.pick([0, 365, -1, 8]) };
  }
}

function weighted(random: SeededRandom, weights: readonly number[]): OperationKind {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let left = (random.below(1_000_000) / 1_000_000) * total;
  for (const [index, weight] of weights.entries()) {
    left -= weight;
    if (left < 0) return KINDS[index]!;
  }
  return 'say';
}
