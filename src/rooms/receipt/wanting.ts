// What the room asks of other servers so that it can judge what waits: bounded for each event that was sent to us.
// https://spec.matrix.org/v1.19/server-server-api/#backfilling-and-retrieving-missing-events
import { signingKeyIds } from '../../events/signatures.ts';
import type { Wanted, Wants } from '../../ports/contracts/room-receipt.ts';
import { serverOf } from '../../spec/identifiers/user-id.ts';
import { PREV_EVENTS } from '../../spec/limits.ts';
import type { RoomData } from '../room-data.ts';
import { asking, type Claim, MISSING_ROUNDS, Pursuit, REQUESTS_MAX } from './pursuit.ts';
import type { Staged, Staging } from './staging.ts';

/** Servers that are asked for one thing, whoever gave the event first. */
const SERVERS_ASKED = 3;
const MEMBERS_LOOKED_AT = 100;
/** Events that are asked for one by one; where more are missing from a state, all of it is. */
const SINGLY_MAX = 8;
/** Events in one answer. */
const MISSING_LIMIT = 100;

type Ask =
  | { readonly kind: 'keys'; readonly what: string; readonly from: string }
  | { readonly kind: 'missing' | 'auth' | 'stateIds' | 'state'; readonly what: string; readonly from: string }
  | { readonly kind: 'event'; readonly what: string; readonly from: string; readonly eventId: string };

/** `asks` may be made now; without any and with none under way, the event cannot be judged, for a reason. */
interface Prospect {
  readonly asks: readonly Ask[];
  readonly waits: boolean;
  readonly reason: string;
}

export class Wanting {
  readonly #data: RoomData;
  readonly #staging: Staging;
  readonly #pursuits = new Map<number, Pursuit>();

  constructor(data: RoomData, staging: Staging) {
    this.#data = data;
    this.#staging = staging;
  }

  /** For an event that waits. */
  pursuitOf({ row }: Staged): Pursuit {
    let pursuit = this.#pursuits.get(row.wantedBy);
    if (pursuit === undefined) this.#pursuits.set(row.wantedBy, (pursuit = new Pursuit(row.wantedBy)));
    return pursuit;
  }

  /** The ids that are missing from claimed states. */
  claimed(): ReadonlySet<string> {
    const ids = new Set<string>();
    for (const { claims } of this.#pursuits.values())
      for (const { remaining } of claims.values()) for (const id of remaining) ids.add(id);
    return ids;
  }

  /** All that are under way. */
  get pursuits(): Iterable<Pursuit> {
    return this.#pursuits.values();
  }

  /** Whether only the place of an event is not known, and its state before is claimed and here as far as it can be had. */
  isPlaceable(staged: Staged): boolean {
    return staged.need?.kind === 'prev' && this.pursuitOf(staged).hasWholeClaim(staged.pdu.eventId);
  }

  /** The first event that waits in vain, and why; undefined if there is hope for all. */
  hopeless(): { readonly staged: Staged; readonly reason: string } | undefined {
    this.#forgetOver();
    const waiting = this.#staging.inOrder();
    let hope = false;
    for (const staged of waiting) {
      const { asks, waits, reason } = this.#prospect(staged);
      if (asks.length === 0 && !waits) return { staged, reason };
      hope ||= asks.length > 0;
    }
    const [first] = waiting;
    if (first === undefined || hope) return undefined;
    const now = this.#data.env.clock.monotonic();
    if ([...this.#pursuits.values()].some((pursuit) => pursuit.isUnderWay(now))) return undefined;
    if (waiting.some((staged) => this.isPlaceable(staged))) return undefined;
    // All wait, and for nothing that could come: of the first two room versions, events can be made that cite each other.
    return { staged: first, reason: 'waits-for-itself' };
  }

  /** What to ask now. It counts, and is not handed out again until it was answered or is taken for lost. */
  take(): Wants {
    const wants: { -readonly [Key in keyof Wants]: Wants[Key][number][] } = {
      keys: [],
      missing: [],
      auth: [],
      stateIds: [],
      state: [],
      events: [],
    };
    const now = this.#data.env.clock.monotonic();
    for (const staged of this.#staging.inOrder()) {
      const pursuit = this.pursuitOf(staged);
      for (const ask of this.#prospect(staged).asks) {
        if (this.#isUnderWay(ask.what, now) || !this.#charge(staged)) continue;
        pursuit.asked(ask.what, now);
        this.#put(wants, staged, ask);
      }
    }
    return wants;
  }

  #put(wants: { -readonly [Key in keyof Wants]: Wants[Key][number][] }, staged: Staged, ask: Ask): void {
    const { pdu } = staged;
    const wanted: Wanted = { from: ask.from, eventId: pdu.eventId };
    switch (ask.kind) {
      case 'keys': {
        const keyIds = signingKeyIds(pdu.json, ask.from);
        wants.keys.push({ serverName: ask.from, keyIds, at: pdu.originServerTs });
        return;
      }
      case 'missing':
        wants.missing.push({
          from: ask.from,
          latest: [pdu.eventId],
          earliest: this.#earliest(),
          minDepth: 0,
          limit: MISSING_LIMIT,
        });
        return;
      case 'auth':
      case 'stateIds':
      case 'state':
        wants[ask.kind].push(wanted);
        return;
      case 'event':
        wants.events.push({ from: ask.from, eventId: ask.eventId });
    }
  }

  #prospect(staged: Staged): Prospect {
    const { need } = staged;
    const pursuit = this.pursuitOf(staged);
    if (need === undefined || need.kind === 'others') return { asks: [], waits: true, reason: '' };
    if (need.kind === 'keys') return this.#forKeys(pursuit, staged, need.servers);
    if (need.kind === 'auth' && !(need.gap && !pursuit.hasWholeClaim(staged.pdu.eventId)))
      return this.#forAuth(pursuit, staged, need.ids);
    return this.#forPlace(pursuit, staged);
  }

  #forKeys(pursuit: Pursuit, staged: Staged, servers: readonly string[]): Prospect {
    const reason = 'signing-key-not-known';
    // If one server's keys cannot be had, those of the others are of no use.
    if (servers.some((server) => pursuit.isTried(asking.keys(server), server)))
      return { asks: [], waits: false, reason };
    const asks = servers.map((server): Ask => ({ kind: 'keys', what: asking.keys(server), from: server }));
    return this.#within(staged, asks, reason);
  }

  #forAuth(pursuit: Pursuit, staged: Staged, ids: readonly string[]): Prospect {
    const reason = 'auth-event-missing';
    const { row, pdu } = staged;
    const chain = asking.auth(pdu.eventId);
    if (row.role === 'event' && !pursuit.isTried(chain, row.origin))
      return this.#within(staged, [{ kind: 'auth', what: chain, from: row.origin }], reason);
    const servers = this.#servers(staged);
    const asks = ids.map((eventId): Ask | undefined => {
      const what = asking.event(eventId);
      const from = pursuit.next(what, servers);
      return from === undefined ? undefined : { kind: 'event', what, from, eventId };
    });
    const possible = asks.filter((ask) => ask !== undefined);
    if (possible.length < ids.length) return { asks: [], waits: false, reason };
    return this.#within(staged, possible, reason);
  }

  #forPlace(pursuit: Pursuit, staged: Staged): Prospect {
    const reason = 'prev-event-missing';
    const { pdu, row } = staged;
    const missing = asking.missing(staged);
    if (pursuit.missingRounds < MISSING_ROUNDS && !pursuit.isTried(missing, row.origin))
      return this.#within(staged, [{ kind: 'missing', what: missing, from: row.origin }], reason);
    const claim = pursuit.claims.get(pdu.eventId);
    if (claim === undefined) {
      const what = asking.stateIds(pdu.eventId);
      // Of what only fills a gap one server is asked: it may be hidden from us, and what was sent to us needs the requests more.
      const isRoot = staged.row.id === staged.row.wantedBy;
      const from = pursuit.next(what, isRoot ? this.#servers(staged) : [staged.row.origin]);
      if (from === undefined) return { asks: [], waits: false, reason };
      return this.#within(staged, [{ kind: 'stateIds', what, from }], reason);
    }
    return this.#forClaim(pursuit, staged, claim);
  }

  /** A claimed state is used without the events that cannot be had. */
  #forClaim(pursuit: Pursuit, staged: Staged, { from, remaining, chainLacks }: Claim): Prospect {
    const whole = asking.state(staged.pdu.eventId);
    const wanted = [...remaining].filter((id) => this.#staging.get(id) === undefined);
    const waits = wanted.length < remaining.size;
    const many = Math.max(wanted.length, wanted.length === 0 ? 0 : chainLacks) > SINGLY_MAX;
    if (many && !pursuit.isTried(whole, from)) {
      const { asks } = this.#within(staged, [{ kind: 'state', what: whole, from }], '');
      if (asks.length > 0 || this.#isUnderWay(whole, this.#data.env.clock.monotonic()))
        return { asks, waits: true, reason: '' };
    }
    const asks: Ask[] = [];
    const now = this.#data.env.clock.monotonic();
    let underWay = false;
    for (const eventId of wanted) {
      const what = asking.event(eventId);
      underWay ||= this.#isUnderWay(what, now);
      if (pursuit.isTried(what, from) || asks.length >= SINGLY_MAX) continue;
      asks.push({ kind: 'event', what, from, eventId });
    }
    const affordable = this.#within(staged, asks, '');
    if (affordable.asks.length === 0 && !affordable.waits && !underWay)
      for (const eventId of wanted) remaining.delete(eventId);
    return { asks: affordable.asks, waits: waits || underWay || affordable.waits || remaining.size === 0, reason: '' };
  }

  /** What of it may be asked: not what is under way, and not more than an event may cost. */
  #within(staged: Staged, asks: readonly Ask[], reason: string): Prospect {
    const now = this.#data.env.clock.monotonic();
    const fresh = asks.filter((ask) => !this.#isUnderWay(ask.what, now));
    const left = REQUESTS_MAX - (this.#rootOf(staged)?.row.requests ?? REQUESTS_MAX);
    return { asks: fresh.slice(0, Math.max(0, left)), waits: fresh.length < asks.length, reason };
  }

  #isUnderWay(what: string, now: number): boolean {
    for (const pursuit of this.#pursuits.values()) if (pursuit.isOutstanding(what, now)) return true;
    return false;
  }

  #charge(staged: Staged): boolean {
    const root = this.#rootOf(staged);
    if (root === undefined || root.row.requests >= REQUESTS_MAX) return false;
    this.#staging.charge(root);
    return true;
  }

  #rootOf(staged: Staged): Staged | undefined {
    return staged.row.wantedBy === staged.row.id ? staged : this.#staging.byId(staged.row.wantedBy);
  }

  /** Who gave the event, who sent what it was fetched for, and others who are in the room. */
  #servers(staged: Staged): string[] {
    const { serverName } = this.#data.env.settings;
    const members = this.#data.members.first('join', MEMBERS_LOOKED_AT).map(({ userId }) => serverOf(userId));
    const servers = new Set([staged.row.origin, this.#rootOf(staged)?.row.origin ?? staged.row.origin, ...members]);
    servers.delete(serverName);
    return [...servers].slice(0, SERVERS_ASKED);
  }

  #earliest(): string[] {
    const { extremities } = this.#data.head;
    return extremities.slice(-PREV_EVENTS).flatMap((number) => this.#data.byNumber(number)?.pdu.eventId ?? []);
  }

  #forgetOver(): void {
    const ids = new Set(this.#staging.inOrder().map(({ row }) => row.wantedBy));
    for (const id of this.#pursuits.keys()) if (!ids.has(id)) this.#pursuits.delete(id);
  }
}
