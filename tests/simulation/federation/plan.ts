// What a run does, drawn from its seed: servers, rooms, and a list of operations that can be cut down. Everything is named by
// numbers that are taken modulo what there is, so that a list with any of its operations left out is still a plan.
import { type Mode, MODES } from '../../../src/runtime/simulation/making.ts';
import { SeededRandom } from '../../../src/runtime/simulation/seeded-random.ts';
import { ATTACKS, type Attack, LIES, type Lie } from './attacks.ts';

export type Profile = 'calm' | 'weather' | 'crashes' | 'hostile' | 'all';
export const PROFILES: readonly Profile[] = ['calm', 'weather', 'crashes', 'hostile', 'all'];

export interface RoomWish {
  readonly version: string;
  readonly joinRule: string;
  readonly visibility: string;
  /** The server whose first user makes it. */
  readonly server: number;
}

/** What a client does in a room. `user` counts over the users of all servers. */
interface InRoom {
  readonly room: number;
  readonly user: number;
}
interface AtTarget extends InRoom {
  readonly target: number;
}

export type Operation = { readonly waitMs: number } & (
  | (InRoom & { readonly kind: 'send' | 'topic' | 'redact' | 'leave' | 'knock' | 'paginate' | 'again' })
  | (InRoom & { readonly kind: 'join'; readonly via: number })
  | (AtTarget & { readonly kind: 'invite' | 'kick' | 'ban' | 'unban' })
  | (AtTarget & { readonly kind: 'level'; readonly level: number })
  | (InRoom & { readonly kind: 'joinRule' | 'visibility'; readonly value: string })
  | (InRoom & { readonly kind: 'acl'; readonly denied: number })
  | { readonly kind: 'sync'; readonly user: number }
  | { readonly kind: 'cut'; readonly from: number; readonly to: number; readonly both: boolean }
  | { readonly kind: 'mend' }
  | { readonly kind: 'clog'; readonly from: number; readonly to: number; readonly ms: number }
  | { readonly kind: 'gusts'; readonly from: number; readonly to: number; readonly percent: number }
  | { readonly kind: 'crash'; readonly server: number; readonly power: boolean; readonly downMs: number }
  | {
      readonly kind: 'strike';
      readonly server: number;
      readonly power: boolean;
      readonly alone: boolean;
      readonly points: number;
      readonly downMs: number;
    }
  | { readonly kind: 'clock'; readonly server: number; readonly shiftMs: number }
  | {
      readonly kind: 'attack';
      readonly attack: Attack;
      readonly room: number;
      readonly at: number;
      readonly detail: number;
    }
);

export interface Plan {
  readonly seed: number;
  readonly modes: readonly Mode[];
  readonly usersEach: number;
  readonly rooms: readonly RoomWish[];
  /** Whether a hostile server takes part, and what it lies about when it is asked. */
  readonly hostile: readonly Lie[] | undefined;
  /** Whether it goes on with that when the faults have ended. */
  readonly liesOn: boolean;
  /** Whether keys can be had over links on which nothing else goes. */
  readonly keysStay: boolean;
  readonly operations: readonly Operation[];
}

export const STEPS = 60;
const VERSIONS = ['10', '11', '12'] as const;
const JOIN_RULES = ['public', 'public', 'public', 'invite', 'knock'] as const;
const VISIBILITIES = ['shared', 'joined', 'invited', 'world_readable'] as const;
const LEVELS = [0, 50, 100] as const;
const CLIENT_KINDS = [
  'send',
  'topic',
  'redact',
  'leave',
  'knock',
  'paginate',
  'again',
  'join',
  'invite',
  'kick',
  'ban',
  'unban',
  'level',
  'joinRule',
  'visibility',
  'acl',
  'sync',
] as const;
const WEATHER_KINDS = ['cut', 'mend', 'clog', 'gusts'] as const;
const CRASH_KINDS = ['crash', 'strike', 'clock'] as const;
/** Further ahead, and keys are not good for what is made then: others drop it, as they must. */
const DAY_MS = 86_400_000;
type Kind = Operation['kind'];

export function planOf(seed: number, steps: number, profile: Profile = 'all'): Plan {
  const random = new SeededRandom(seed);
  const hostile = profile === 'hostile' || (profile === 'all' && random.chance(60));
  const servers = 2 + random.below(hostile ? 2 : 3);
  const weights = weightsOf(random, profile, hostile);
  return {
    seed,
    modes: Array.from({ length: servers }, () => random.pick(MODES)!),
    usersEach: 1 + random.below(2),
    rooms: Array.from({ length: 1 + random.below(2) }, () => ({
      version: random.pick(VERSIONS),
      joinRule: 'public',
      visibility: random.pick(VISIBILITIES),
      server: random.below(servers),
    })),
    hostile: hostile ? LIES.filter(() => random.chance(25)) : undefined,
    liesOn: random.chance(50),
    keysStay: false,
    operations: Array.from({ length: steps }, () => operationOf(random, drawn(weights, random))),
  };
}

/** Swarm: each seed does much of some things and nothing of others. */
function weightsOf(random: SeededRandom, profile: Profile, hostile: boolean): Map<Kind, number> {
  const weights = new Map<Kind, number>(CLIENT_KINDS.map((kind) => [kind, random.chance(60) ? random.below(8) : 0]));
  weights.set('send', 6 + random.below(12));
  weights.set('sync', 3 + random.below(4));
  weights.set('join', 2 + random.below(5));
  if (profile === 'weather' || profile === 'all')
    for (const kind of WEATHER_KINDS) weights.set(kind, random.chance(60) ? 1 + random.below(4) : 0);
  if (profile === 'crashes' || profile === 'all')
    for (const kind of CRASH_KINDS) weights.set(kind, random.chance(50) ? 1 + random.below(3) : 0);
  if (hostile) weights.set('attack', 6 + random.below(14));
  return weights;
}

function drawn(weights: ReadonlyMap<Kind, number>, random: SeededRandom): Kind {
  let left = random.below([...weights.values()].reduce((sum, weight) => sum + weight, 0));
  for (const [kind, weight] of weights) if ((left -= weight) < 0) return kind;
  return 'send';
}

function operationOf(random: SeededRandom, kind: Kind): Operation {
  const waitMs = random.chance(20) ? random.below(5000) : random.below(300);
  const room = random.below(2);
  const user = random.below(12);
  const target = random.below(12);
  const server = random.below(5);
  const pair = { from: random.below(6), to: random.below(6) };
  switch (kind) {
    case 'join':
      return { waitMs, kind, room, user, via: server };
    case 'invite':
    case 'kick':
    case 'ban':
    case 'unban':
      return { waitMs, kind, room, user, target };
    case 'level':
      return { waitMs, kind, room, user, target, level: random.pick(LEVELS) };
    case 'joinRule':
      return { waitMs, kind, room, user, value: random.pick(JOIN_RULES) };
    case 'visibility':
      return { waitMs, kind, room, user, value: random.pick(VISIBILITIES) };
    case 'acl':
      return { waitMs, kind, room, user, denied: random.below(3) };
    case 'sync':
      return { waitMs, kind, user };
    case 'cut':
      return { waitMs, kind, ...pair, both: random.chance(60) };
    case 'mend':
      return { waitMs, kind };
    case 'clog':
      return { waitMs, kind, ...pair, ms: random.below(60_000) };
    case 'gusts':
      return { waitMs, kind, ...pair, percent: 1 + random.below(15) };
    case 'crash':
      return { waitMs, kind, server, power: random.chance(50), downMs: random.below(20_000) };
    case 'strike': {
      const alone = random.chance(60);
      return {
        waitMs,
        kind,
        server,
        power: random.chance(50),
        alone,
        points: 1 + random.below(120),
        downMs: random.below(3000),
      };
    }
    case 'clock':
      return { waitMs, kind, server, shiftMs: random.pick([0, -DAY_MS, 3_600_000, 0.8 * DAY_MS] as const) };
    case 'attack':
      return { waitMs, kind, attack: random.pick(ATTACKS)!, room, at: server, detail: random.below(1000) };
    default:
      return { waitMs, kind, room, user };
  }
}
