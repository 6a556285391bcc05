// The rooms that want something of other servers, or have PDUs waiting here, in the order in which they are due.
import type { PduText } from '../../ports/contracts/servers-inbound.ts';
import type { RoomReport, RoomWork } from '../../ports/contracts/servers-work.ts';
import type { ObjectEnv } from '../../ports/object-env.ts';
import { RoomWorkStore } from './store/room-work.ts';
import { WaitingStore } from './store/waiting.ts';
import { LEASE_MS, type WorkQueue } from './work-queue.ts';

const FIRST_PAUSE_MS = 5000;
const LONGEST_PAUSE_MS = 600_000;
/** Of PDUs that wait for one room, so many and so much are handed over at a time: a call carries less than 1 MB. */
const AT_ONCE = 50;
const BYTES_AT_ONCE = 500_000;

/** How much may wait here: PDUs of one origin, and bytes of one origin and of all. */
const MOST_OF_ORIGIN = 2000;
const MOST_BYTES_OF_ORIGIN = 16_000_000;
const MOST_BYTES = 256_000_000;

export class RoomQueue implements WorkQueue {
  readonly #env: ObjectEnv;
  readonly #rooms: RoomWorkStore;
  readonly #waiting: WaitingStore;
  /** Rooms that are leased, as far as we remember. */
  readonly #leased = new Set<string>();

  constructor(env: ObjectEnv) {
    this.#env = env;
    this.#rooms = new RoomWorkStore(env.sql, env.owner);
    this.#waiting = new WaitingStore(env.sql, env.owner);
  }

  /** Inside a commit. */
  ask(roomId: string): void {
    this.#rooms.ask(roomId, this.#env.clock.now(), this.#leased.has(roomId));
  }

  /** Inside a commit: keeps PDUs until the room takes them. Answers for how many there was room. */
  addWaiting(origin: string, roomId: string, texts: readonly PduText[]): number {
    const own = this.#waiting.size(origin);
    const all = this.#waiting.size();
    let [count, bytes, allBytes, taken] = [own.count, own.bytes, all.bytes, 0];
    for (const text of texts) {
      count += 1;
      bytes += text.length;
      allBytes += text.length;
      if (count > MOST_OF_ORIGIN || bytes > MOST_BYTES_OF_ORIGIN || allBytes > MOST_BYTES) break;
      this.#waiting.add(origin, roomId, text, text.length);
      taken += 1;
    }
    if (taken > 0) this.ask(roomId);
    return taken;
  }

  waitingRoomsOf(origin: string): string[] {
    return this.#waiting.roomsOf(origin);
  }

  lease(most: number, now: number): RoomWork[] {
    const furthest = now + Math.max(LONGEST_PAUSE_MS, LEASE_MS);
    return this.#rooms.due(now, furthest, most).map(({ room_id: roomId, stamp, tries }) => {
      this.#rooms.setDue(roomId, now + LEASE_MS, tries);
      return { kind: 'room', roomId, stamp, waiting: this.#nextWaiting(roomId) };
    });
  }

  leased(work: readonly RoomWork[]): void {
    for (const { roomId } of work) this.#leased.add(roomId);
  }

  /** Inside a commit. */
  settle({ roomId, stamp, handedOver, outcome }: RoomReport): void {
    if (handedOver !== undefined) this.#waiting.removeUpTo(roomId, handedOver);
    const row = this.#rooms.get(roomId);
    if (!row) return;
    const now = this.#env.clock.now();
    const news = row.stamp !== stamp || handedOver !== undefined;
    if (outcome === 'done' && row.stamp === stamp && !this.#waiting.any(roomId)) this.#rooms.remove(roomId);
    else if (outcome === 'done' || news) this.#rooms.setDue(roomId, now, 0);
    else
      this.#rooms.setDue(
        roomId,
        now + Math.min(FIRST_PAUSE_MS * 2 ** Math.min(row.tries, 20), LONGEST_PAUSE_MS),
        row.tries + 1,
      );
  }

  settled(roomId: string): void {
    this.#leased.delete(roomId);
  }

  earliest(): number | undefined {
    return this.#rooms.earliest();
  }

  #nextWaiting(roomId: string): RoomWork['waiting'] {
    const rows = this.#waiting.first(roomId, AT_ONCE);
    const [first] = rows;
    if (!first) return undefined;
    let [bytes, count] = [0, 0];
    for (const row of rows) {
      bytes += row.bytes;
      if (row.origin !== first.origin || (count > 0 && bytes > BYTES_AT_ONCE)) break;
      count += 1;
    }
    const taken = rows.slice(0, count);
    return { origin: first.origin, lastId: taken.at(-1)!.id, texts: taken.map(({ text }) => text) };
  }
}
