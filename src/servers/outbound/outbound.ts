// What is to be sent to other servers: what Rooms tell becomes one row for each event, whatever the number of destinations.
// https://spec.matrix.org/v1.19/server-server-api/#transactions
import type { DestinationReport, RoomNews, ServersOutbound } from '../../ports/contracts/servers-outbound.ts';
import type { ObjectEnv } from '../../ports/object-env.ts';
import type { Destinations } from './destinations.ts';
import { type LastEvent, RoomStore, type Stay, type ToldRoom } from './store/rooms.ts';
import type { StreamStore } from './store/stream.ts';

/** Rooms whose servers are kept in memory. */
const ROOMS_KEPT = 500;
/** How long after a wake-up the alarm looks whether it was heard. */
const HEARD_MS = 15_000;

/** Sets the alarm for what is due, inside a commit. */
export type Arm = () => void;

export class Outbound implements ServersOutbound {
  readonly #env: ObjectEnv;
  readonly #rooms: RoomStore;
  readonly #stream: StreamStore;
  readonly #destinations: Destinations;
  readonly #arm: Arm;
  #alarmAt = 0;
  readonly #known = new Map<string, { room: ToldRoom; stays: readonly Stay[] }>();

  constructor(env: ObjectEnv, stream: StreamStore, destinations: Destinations, arm: Arm) {
    this.#env = env;
    this.#rooms = new RoomStore(env.sql, env.owner);
    this.#stream = stream;
    this.#destinations = destinations;
    this.#arm = arm;
  }

  async apply(
    roomId: string,
    epoch: number,
    after: number,
    to: number,
    news: readonly RoomNews[],
  ): Promise<{ readonly applied: number }> {
    const known = this.#find(roomId);
    if (known !== undefined && known.room.epoch > epoch) return { applied: known.room.applied };
    if (known !== undefined && known.room.epoch < epoch) return this.#forget(roomId, known.room, epoch);
    // A room begins with the first of its servers that is told of; before that there was nothing to tell.
    const applied = known?.room.applied ?? after;
    if (after > applied || to <= applied) return { applied };
    const fresh = news.filter(({ roomPos }) => roomPos > applied && roomPos <= to);
    const made = this.#env.sql.transaction(() => this.#write(roomId, known?.room, epoch, to, fresh));
    this.#keep(roomId, made.room);
    const { stays } = this.#find(roomId)!;
    for (const { pos, roomPos, server } of made.added) this.#destinations.added(pos, forWhom(stays, roomPos, server));
    if (made.added.length > 0) this.#env.runner.wake();
    return { applied: to };
  }

  async roomsWith(server: string, most: number): Promise<readonly string[]> {
    return this.#rooms.roomsWith(server, most);
  }

  async heard(server: string): Promise<void> {
    if (this.#destinations.heard(server)) this.#env.runner.wake();
  }

  async settleDestination(report: DestinationReport): Promise<void> {
    this.#env.sql.transaction(() => {
      this.#destinations.settle(report);
      this.#arm();
    });
    this.#env.runner.wake();
  }

  /** Inside a commit. */
  #write(
    roomId: string,
    known: ToldRoom | undefined,
    epoch: number,
    to: number,
    fresh: readonly RoomNews[],
  ): { room: ToldRoom; added: LastEvent[] } {
    const before = known ?? this.#rooms.add(roomId, epoch, to);
    const { number } = before;
    const added: LastEvent[] = [];
    for (const { roomPos, event, joined, left, besides = [] } of fresh) {
      if (event !== undefined) {
        const last = { pos: this.#destinations.end + added.length + 1, roomPos, ...event };
        this.#stream.add(last.pos, number, roomPos, event.eventId, event.server);
        added.push(last);
      }
      for (const server of besides) this.#rooms.beginStay(server, number, roomPos - 1);
      for (const server of [...besides, ...left]) this.#rooms.endStay(server, number, roomPos);
      for (const server of joined) this.#rooms.beginStay(server, number, roomPos);
    }
    const room = { ...before, applied: to };
    this.#rooms.move(room, added.at(-1));
    if (added.length > 0) this.#armBackstop();
    if (fresh.some(({ joined, left, besides = [] }) => joined.length + left.length + besides.length > 0))
      this.#known.delete(roomId);
    return { room, added };
  }

  /** Inside a commit: should the runner not hear of it, the alarm looks. */
  #armBackstop(): void {
    const now = this.#env.clock.now();
    if (this.#alarmAt > now && this.#alarmAt <= now + HEARD_MS) return;
    this.#alarmAt = now + HEARD_MS;
    this.#env.alarm.arm(this.#alarmAt);
  }

  #forget(roomId: string, room: ToldRoom, epoch: number): { readonly applied: number } {
    this.#env.sql.transaction(() => {
      this.#rooms.forgetStays(room.number);
      // Positions of the room's log mean something else from now on; what was not sent yet is told again.
      this.#stream.forget(room.number);
      this.#rooms.move({ ...room, epoch, applied: 0 }, undefined);
    });
    this.#known.delete(roomId);
    return { applied: 0 };
  }

  #keep(roomId: string, room: ToldRoom): void {
    const known = this.#known.get(roomId);
    if (known !== undefined) known.room = room;
  }

  #find(roomId: string): { room: ToldRoom; stays: readonly Stay[] } | undefined {
    const known = this.#known.get(roomId);
    if (known !== undefined) return known;
    const room = this.#rooms.get(roomId);
    if (room === undefined) return undefined;
    const found = { room, stays: this.#rooms.stays(room.number) };
    if (this.#known.size >= ROOMS_KEPT) this.#known.clear();
    this.#known.set(roomId, found);
    return found;
  }
}

/** The servers that were in the room before a position or left with it, but for the one whose event it is. */
function* forWhom(stays: readonly Stay[], roomPos: number, server: string): Generator<string> {
  for (const stay of stays)
    if (stay.server !== server && stay.from < roomPos && (stay.until === undefined || stay.until >= roomPos))
      yield stay.server;
}
