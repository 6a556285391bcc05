// The servers that we send to, each with a cursor in the stream. One transaction at a time is under way to each, and whoever
// could not be reached is left alone for longer and longer. https://spec.matrix.org/v1.19/server-server-api/#transactions
//
// What is in memory is the truth, and may be lost: a server drops events that it has. Written down are those in trouble, when
// they get into it, and now and then the level that all others have reached.
import type { DestinationReport, DestinationWork } from '../../ports/contracts/servers-outbound.ts';
import type { ObjectEnv } from '../../ports/object-env.ts';
import { TRANSACTION_PDUS } from '../../spec/limits.ts';
import { encodeBase64Url } from '../../spec/base64.ts';
import { LEASE_MS, type WorkQueue } from '../work/work-queue.ts';
import { DestinationStore, type OutboundState } from './store/destinations.ts';
import { type OutboundRow, StreamStore } from './store/stream.ts';

const FIRST_PAUSE_MS = 5000;
const LONGEST_PAUSE_MS = 3_600_000;
/** Positions of the stream that one look covers. */
const LOOK = 5000;
/** Who was away and has missed more positions than this is sent only the last event of each room. */
const MISSED_MANY = 1000;
/** Positions that are kept for those in trouble. */
const KEPT = 100_000;
const WRITE_DOWN_MS = 10_000;
/** Destinations that one lease looks for work of. */
const LOOKED_AT = 500;

interface Destination {
  readonly server: string;
  cursor: number;
  failures: number;
  /** When it is tried again, and when its lease ends, on the monotonic clock. */
  retryAt: number;
  leasedUntil: number;
  /** What the transaction under way ends at. */
  sending: { readonly stamp: number; readonly upTo: number } | undefined;
  /** Where the transaction ends that it has not taken yet: "wait and retry before sending one with a different txnId". */
  retryUpTo: number | undefined;
  /** The newest position that may be for it. */
  newest: number;
}

export class Destinations implements WorkQueue {
  readonly #env: ObjectEnv;
  readonly #store: DestinationStore;
  readonly #stream: StreamStore;
  #known: Map<string, Destination> | undefined;
  #state: OutboundState | undefined;
  #end = 0;
  #stamp = 0;
  #writtenDownAt = 0;

  constructor(env: ObjectEnv, stream: StreamStore) {
    this.#env = env;
    this.#stream = stream;
    this.#store = new DestinationStore(env.sql, env.owner);
  }

  /** The position of the newest event that is to be sent. */
  get end(): number {
    this.#all();
    return this.#end;
  }

  /** Called when a commit has returned that put an event for these servers at `pos`. */
  added(pos: number, servers: Iterable<string>): void {
    const all = this.#all();
    this.#end = Math.max(this.#end, pos);
    for (const server of servers) this.#of(all, server).newest = pos;
  }

  /** A server that can be reached is tried again at once. */
  heard(server: string): boolean {
    const destination = this.#all().get(server);
    if (destination === undefined || destination.failures === 0) return false;
    destination.retryAt = 0;
    return true;
  }

  lease(most: number): readonly DestinationWork[] {
    const work: DestinationWork[] = [];
    const now = this.#env.clock.monotonic();
    let looks = 0;
    const all = this.#all();
    for (const destination of all.values()) {
      if (work.length >= most) break;
      if (this.#dueAt(destination) > now) continue;
      if (++looks > LOOKED_AT) {
        // Whoever finds nothing here comes again.
        this.#env.runner.wake();
        break;
      }
      const next = this.#next(destination, now);
      if (next === undefined) continue;
      work.push(next);
      // The next who leases begins with the others.
      all.delete(destination.server);
      all.set(destination.server, destination);
    }
    return work;
  }

  /** Inside a commit. */
  settle({ destination: server, stamp, taken }: DestinationReport): void {
    const destination = this.#all().get(server);
    if (destination?.sending?.stamp !== stamp) return;
    const { upTo } = destination.sending;
    destination.sending = undefined;
    if (taken) {
      destination.cursor = upTo;
      destination.retryUpTo = undefined;
      if (destination.failures > 0 && upTo >= destination.newest) {
        destination.failures = 0;
        this.#store.removeTrouble(server);
      } else if (destination.failures > 0) this.#noteTrouble(destination, 0);
    } else {
      destination.failures += 1;
      this.#noteTrouble(destination, this.#pause(destination.failures));
    }
    this.#writeDown();
  }

  /** On the wall clock, as alarms are. */
  earliest(): number | undefined {
    const { clock } = this.#env;
    let earliest = Infinity;
    for (const destination of this.#all().values()) earliest = Math.min(earliest, this.#dueAt(destination));
    return earliest === Infinity ? undefined : clock.now() + Math.max(0, Math.ceil(earliest - clock.monotonic()));
  }

  #dueAt({ cursor, newest, retryAt, sending, leasedUntil }: Destination): number {
    if (newest <= cursor) return Infinity;
    return sending === undefined ? retryAt : leasedUntil;
  }

  #pause(failures: number): number {
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(failures - 1, 20), LONGEST_PAUSE_MS);
    return pause * (0.75 + (this.#env.random.bytes(1)[0] ?? 0) / 512);
  }

  #noteTrouble(destination: Destination, pause: number): void {
    const { server, cursor, failures, retryUpTo } = destination;
    destination.retryAt = this.#env.clock.monotonic() + pause;
    this.#store.putTrouble({ server, cursor, failures, retryAt: Math.ceil(this.#env.clock.now() + pause), retryUpTo });
  }

  /** Undefined if nothing was for the destination after all. */
  #next(destination: Destination, now: number): DestinationWork | undefined {
    const { server, cursor } = destination;
    const end = this.#end;
    const away = destination.failures > 0 && end - cursor > MISSED_MANY;
    const to = away ? end : (destination.retryUpTo ?? Math.min(end, cursor + LOOK));
    const rows: readonly OutboundRow[] = away
      ? this.#stream.newest(server, cursor, TRANSACTION_PDUS)
      : this.#stream.due(server, cursor, to, TRANSACTION_PDUS);
    const upTo = rows.length < TRANSACTION_PDUS ? to : rows.at(-1)!.pos;
    if (rows.length === 0) {
      destination.cursor = to;
      destination.retryUpTo = undefined;
      if (to >= end) destination.newest = Math.min(destination.newest, to);
      return undefined;
    }
    const stamp = ++this.#stamp;
    destination.sending = { stamp, upTo };
    destination.retryUpTo = away ? undefined : upTo;
    destination.leasedUntil = now + LEASE_MS;
    const transactionId = `${this.#name}-${rows[0]!.pos}-${rows.at(-1)!.pos}-${rows.length}`;
    return {
      kind: 'destination',
      destination: server,
      stamp,
      transactionId,
      events: rows.map(({ roomId, eventId }) => ({ roomId, eventId })),
    };
  }

  get #name(): string {
    return this.#state?.name ?? '';
  }

  /** Inside a commit, now and then: the level that all have reached who are in no trouble, and what nobody needs any more. */
  #writeDown(): void {
    const now = this.#env.clock.monotonic();
    if (this.#state === undefined || now - this.#writtenDownAt < WRITE_DOWN_MS) return;
    this.#writtenDownAt = now;
    let level = this.#end;
    let needed = this.#end;
    for (const { cursor, newest, failures } of this.#all().values()) {
      if (newest <= cursor) continue;
      needed = Math.min(needed, cursor);
      if (failures === 0) level = Math.min(level, cursor);
    }
    if (level <= this.#state.level) return;
    this.#state = { ...this.#state, level };
    this.#store.putState(this.#state);
    this.#stream.prune(Math.max(Math.min(needed, level), this.#end - KEPT));
  }

  #of(all: Map<string, Destination>, server: string): Destination {
    let destination = all.get(server);
    if (destination === undefined) all.set(server, (destination = made(server, this.#state?.level ?? 0, 0)));
    return destination;
  }

  #all(): Map<string, Destination> {
    if (this.#known !== undefined) return this.#known;
    const { clock, sql, random } = this.#env;
    this.#end = this.#stream.last();
    this.#state = this.#store.state();
    if (this.#state === undefined) {
      const state = { name: encodeBase64Url(random.bytes(9)), level: this.#end };
      sql.transaction(() => this.#store.putState(state));
      this.#state = state;
    }
    const known = new Map<string, Destination>();
    for (const server of this.#store.servers()) known.set(server, made(server, this.#state.level, this.#end));
    for (const { server, cursor, failures, retryAt, retryUpTo } of this.#store.troubles()) {
      const destination = made(server, cursor, this.#end);
      destination.failures = failures;
      destination.retryUpTo = retryUpTo;
      // The wall clock may have been set since: nobody is left alone for longer than that.
      destination.retryAt = clock.monotonic() + Math.min(Math.max(retryAt - clock.now(), 0), LONGEST_PAUSE_MS);
      known.set(server, destination);
    }
    this.#known = known;
    return known;
  }
}

function made(server: string, cursor: number, newest: number): Destination {
  return { server, cursor, failures: 0, retryAt: 0, leasedUntil: 0, sending: undefined, retryUpTo: undefined, newest };
}
