// The rows that say where in the stream a room's entries stand grow with the room. The oldest of very many go, once everybody's
// unread counts stand without them. A token from before is told the room as if it were new.
import { breath } from '../../ports/clock.ts';
import type { ObjectEnv } from '../../ports/object-env.ts';
import type { RoomView } from './room-view.ts';
import type { StreamRows } from './store/stream-rows.ts';

/** Entries of one room that are kept, and after how many new ones the oldest are looked for. */
const ENTRIES_KEPT = 10_000;
const PRUNE_EVERY = 1000;
/** Entries deleted, and users whose counts are brought up to date, before others have a turn. */
const ENTRIES_AT_ONCE = 2000;
const USERS_AT_ONCE = 10;

export interface PruningNeighbours {
  localMembers(room: RoomView): Iterable<string>;
  /** Writes down what is unread for a user as of now. */
  settle(room: RoomView, userId: string): void;
  /** All of them have been: what redactions have taken back of the counts is in what was written. */
  settled(room: RoomView): void;
}

export class Pruning {
  readonly #env: ObjectEnv;
  readonly #rows: StreamRows;
  readonly #neighbours: PruningNeighbours;
  /** How far a room's log had come when it was looked at last. */
  readonly #looked = new WeakMap<RoomView, number>();
  /** The rooms that are at it. */
  readonly #running = new Set<string>();

  constructor(env: ObjectEnv, rows: StreamRows, neighbours: PruningNeighbours) {
    this.#env = env;
    this.#rows = rows;
    this.#neighbours = neighbours;
  }

  /** A room has moved: now and then, in the background, its oldest entries go. Never throws. */
  after(room: RoomView): void {
    if (room.applied - (this.#looked.get(room) ?? ENTRIES_KEPT) < PRUNE_EVERY || this.#running.has(room.roomId)) return;
    this.#looked.set(room, room.applied);
    this.#running.add(room.roomId);
    void this.#prune(room)
      .catch((error: unknown) => {
        this.#env.log.warn('old entries of a room were not deleted', { room: room.roomId, error: String(error) });
      })
      .finally(() => this.#running.delete(room.roomId));
  }

  async #prune(room: RoomView): Promise<void> {
    const { epoch } = room;
    const upTo = this.#rows.posBefore(room.number, ENTRIES_KEPT);
    if (upTo === undefined) return;
    let users = 0;
    for (const userId of [...this.#neighbours.localMembers(room)]) {
      if (++users % USERS_AT_ONCE === 0) await breath(this.#env.clock);
      if (room.isJoined(userId)) this.#neighbours.settle(room, userId);
    }
    // Of another log nothing is settled yet.
    if (room.epoch !== epoch) return;
    this.#neighbours.settled(room);
    await deleteEntries(this.#env, this.#rows, room, upTo);
  }
}

/** Deletes the entries of a room up to a position of the stream, in pieces. */
export async function deleteEntries(env: ObjectEnv, rows: StreamRows, room: RoomView, upTo: number): Promise<void> {
  while (env.sql.transaction(() => rows.deleteEntries(room.number, upTo, ENTRIES_AT_ONCE))) await breath(env.clock);
}
