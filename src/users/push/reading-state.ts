// How far one user has read in one room, and what is unread there: a sum over the notes, kept up to a position of the stream.
// https://spec.matrix.org/v1.19/client-server-api/#receiving-notifications
import type { Unread } from '../../ports/contracts/users-push.ts';
import type { NotedEntry } from './room-notes.ts';
import type { UnreadRow } from './store/unread-rows.ts';

/** Threads whose read positions are kept for one user in one room, those read last. */
const THREADS_KEPT = 2000;

export interface Tally {
  notifications: number;
  highlights: number;
}

/** What an entry is for the user: something of their own, or what it notifies of. */
export type Effect = 'own' | 'notify' | 'highlight' | undefined;
export type EffectOf = (entry: NotedEntry) => Effect;

const NOTHING: Unread = { main: { notifications: 0, highlights: 0 }, threads: [] };

export class ReadingState {
  /** Where the stay in the room began. */
  readonly since: number;
  /** Entries up to here, in the stream, are counted. */
  asOf: number;
  /** Voids that have been taken into account. */
  voids: number;
  #readAll: number;
  readonly #reads: Map<number, number>;
  readonly #counts: Map<number, Tally>;

  constructor(since: number, voids: number) {
    this.since = since;
    this.asOf = since;
    this.voids = voids;
    this.#readAll = 0;
    this.#reads = new Map();
    this.#counts = new Map();
  }

  static from(row: UnreadRow, lastVoid: number): ReadingState {
    const isCounted = row.as_of > 0;
    const state = new ReadingState(row.since, isCounted ? row.voids : lastVoid);
    state.#readAll = row.read_all;
    for (const [thread, roomPos] of JSON.parse(row.reads) as [number, number][]) state.#reads.set(thread, roomPos);
    if (!isCounted) return state;
    state.asOf = row.as_of;
    for (const [thread, notifications, highlights] of JSON.parse(row.counts) as [number, number, number][])
      state.#counts.set(thread, { notifications, highlights });
    return state;
  }

  row(pos: number): UnreadRow {
    return {
      pos,
      since: this.since,
      as_of: this.asOf,
      voids: this.voids,
      read_all: this.#readAll,
      reads: JSON.stringify([...this.#reads]),
      counts: JSON.stringify(
        [...this.#counts].map(([thread, { notifications, highlights }]) => [thread, notifications, highlights]),
      ),
    };
  }

  /** Up to where in the room's log a thread is read. */
  readUpTo(thread: number): number {
    return Math.max(this.#readAll, this.#reads.get(thread) ?? 0);
  }

  /** Counts one more entry. */
  count(entry: NotedEntry, effect: Effect): void {
    if (effect === undefined) return;
    const { thread } = entry.note!;
    if (entry.roomPos <= this.readUpTo(thread)) return;
    if (effect === 'own') return this.#moveRead(thread, entry.roomPos);
    const tally = this.#counts.get(thread) ?? { notifications: 0, highlights: 0 };
    tally.notifications += 1;
    if (effect === 'highlight') tally.highlights += 1;
    this.#counts.set(thread, tally);
  }

  /** Takes back what was counted for an entry that is redacted now. */
  uncount(entry: NotedEntry, effect: Effect): void {
    if (entry.pos <= this.since || entry.pos > this.asOf || effect === undefined || effect === 'own') return;
    const tally = this.#counts.get(entry.note!.thread);
    if (tally === undefined || entry.roomPos <= this.readUpTo(entry.note!.thread)) return;
    tally.notifications -= 1;
    if (effect === 'highlight') tally.highlights -= 1;
  }

  /**
   * The user has read everything (`thread` undefined) or a thread up to a position of the room's log. `newer` are the entries
   * counted, newest first. False if nothing moved: it was read further already.
   */
  read(thread: number | undefined, roomPos: number, newer: Iterable<NotedEntry>, effectOf: EffectOf): boolean {
    if (roomPos <= (thread === undefined ? this.#readAll : this.readUpTo(thread))) return false;
    if (thread === undefined) {
      this.#readAll = roomPos;
      for (const [one, upTo] of this.#reads) if (upTo <= roomPos) this.#reads.delete(one);
      this.#counts.clear();
    } else {
      this.#moveRead(thread, roomPos);
    }
    const unread: NotedEntry[] = [];
    for (const entry of newer) {
      if (entry.roomPos <= roomPos) break;
      if (entry.note !== undefined && (thread === undefined || entry.note.thread === thread)) unread.push(entry);
    }
    for (const entry of unread.reverse()) this.count(entry, effectOf(entry));
    return true;
  }

  unread(word: (number: number) => string): Unread {
    const main = this.#counts.get(0);
    if (this.#counts.size === 0) return NOTHING;
    const threads: [string, Tally][] = [];
    for (const [thread, tally] of this.#counts)
      if (thread !== 0 && tally.notifications > 0) threads.push([word(thread).slice(1), { ...tally }]);
    return { main: main ? { ...main } : NOTHING.main, threads };
  }

  copy(): ReadingState {
    return ReadingState.from({ ...this.row(0), as_of: Math.max(this.asOf, 1) }, this.voids);
  }

  #moveRead(thread: number, roomPos: number): void {
    this.#counts.delete(thread);
    this.#reads.delete(thread);
    this.#reads.set(thread, roomPos);
    if (this.#reads.size <= THREADS_KEPT) return;
    for (const oldest of this.#reads.keys()) {
      this.#reads.delete(oldest);
      return;
    }
  }
}
