// The stream of one Users group on a database in memory, with account data and to-device messages, and rooms that are but logs.
import { NO_PRESENCE } from './no-presence.ts';
import { MemorySql } from '../../rooms/memory-sql.ts';
import type { LogEntry, MembershipEntry, MembershipsPage } from '../../../src/ports/contracts/room.ts';
import type { Requester } from '../../../src/ports/contracts/requester.ts';
import type { News, NewsRequest, RoomNews } from '../../../src/ports/contracts/users-stream.ts';
import type { ObjectEnv } from '../../../src/ports/object-env.ts';
import { Data } from '../../../src/users/data/data.ts';
import { usersSchema } from '../../../src/users/schema.ts';
import type { PushSource } from '../../../src/users/stream/news.ts';
import { Stream } from '../../../src/users/stream/stream.ts';
import { ToDevice } from '../../../src/users/to-device/to-device.ts';

export const ALICE = '@alice:hs1';
export const BOB = '@bob:hs1';
/** Lives elsewhere. */
export const CAROL = '@carol:hs2';
export const DEVICES: ReadonlyMap<string, readonly string[]> = new Map([
  [ALICE, ['PHONE', 'LAPTOP']],
  [BOB, ['TABLET']],
]);

/** A room as its log, as far as a Users group knows rooms. */
export class LogRoom {
  readonly id: string;
  epoch = 1;
  log: LogEntry[] = [];
  memberships = new Map<string, string>();

  constructor(id: string) {
    this.id = id;
  }

  /** Appends an entry with membership changes of these users. */
  add(changes: readonly (readonly [userId: string, membership: string])[] = []): LogEntry {
    const memberships = changes.map(([userId, membership]): MembershipEntry => {
      const previous = this.memberships.get(userId);
      this.memberships.set(userId, membership);
      const invited = membership === 'invite' || membership === 'knock';
      const strippedState = [{ type: 'm.room.member', state_key: userId, sender: CAROL, content: { membership } }];
      return { userId, membership, previous, sender: CAROL, eventId: '$e', ...(invited ? { strippedState } : {}) };
    });
    const entry: LogEntry = { roomPos: this.log.length + 1, kind: 'event', memberships };
    this.log.push(entry);
    return entry;
  }

  /** The memberships at a position, two at a time. */
  page(at: number | undefined, after: number): MembershipsPage {
    const roomPos = Math.min(at ?? this.log.length, this.log.length);
    const all = new Map<string, MembershipEntry>();
    for (const { memberships } of this.log.slice(0, roomPos))
      for (const change of memberships) all.set(change.userId, change);
    const [start, list] = [after + 1, [...all.values()]];
    const next = start + 2 < list.length ? start + 1 : undefined;
    return { epoch: this.epoch, roomPos, memberships: list.slice(start, start + 2), next };
  }

  /** Begins a new epoch, whose log holds these memberships and nothing else. */
  restart(memberships: ReadonlyMap<string, string>): void {
    this.epoch += 1;
    this.log = [];
    this.memberships = new Map();
    this.add();
    for (const change of memberships) this.add([change]);
  }
}

/** Nobody is notified of anything. */
const NO_PUSH: PushSource = {
  shown: () => ({}),
  judge: () => [],
  redact: () => () => undefined,
  keep: () => undefined,
  settle: () => undefined,
  settled: () => undefined,
  beginRoom: () => undefined,
  forgetRoom: () => undefined,
  unread: () => ({ main: { notifications: 0, highlights: 0 }, threads: [] }),
  movedAt: () => 0,
  movedSince: () => [],
};

export class StreamWorld {
  readonly sql = new MemorySql(usersSchema);
  readonly rooms = new Map<string, LogRoom>();
  readonly rung: string[] = [];
  /** What was to happen after a while. */
  readonly timers = new Set<{ readonly then: () => void }>();
  /** How often a room was asked for its log. */
  logReads = 0;
  boots = 0;
  stream: Stream;
  data: Data;
  toDevice: ToDevice;

  constructor() {
    [this.stream, this.data, this.toDevice] = this.#boot();
  }

  /** Everything in memory is lost. */
  restart(): void {
    [this.stream, this.data, this.toDevice] = this.#boot();
  }

  room(id: string): LogRoom {
    let room = this.rooms.get(id);
    if (!room) this.rooms.set(id, (room = new LogRoom(id)));
    return room;
  }

  /** Something happens in a room, and the group is told of it. */
  async happen(id: string, ...changes: (readonly [userId: string, membership: string])[]): Promise<void> {
    this.room(id).add(changes);
    await this.tell(id);
  }

  async tell(id: string): Promise<void> {
    const { epoch, log } = this.room(id);
    let told = log.length - 1;
    for (;;) {
      const { applied } = await this.stream.apply(id, epoch, told, log.slice(told));
      if (applied >= log.length) return;
      told = applied;
    }
  }

  noteDevices(userId: string): void {
    this.stream.positions.prepare();
    this.sql.transaction(() => {
      this.stream.deviceLists.note([userId]);
    });
  }

  by(userId: string, deviceId: string = DEVICES.get(userId)?.[0] ?? ''): Requester {
    return { userId, deviceId, group: 1 };
  }

  async news(by: Requester, since?: string, request: Partial<NewsRequest> = {}): Promise<News> {
    return this.stream.news(by, { since, fullState: false, includeLeave: false, owed: [], ...request });
  }

  /** The news of one room. */
  async newsOf(by: Requester, since: string | undefined, id: string): Promise<RoomNews | undefined> {
    return (await this.news(by, since)).rooms.find(({ roomId }) => roomId === id);
  }

  #boot(): [Stream, Data, ToDevice] {
    const boot = ++this.boots;
    // The parts under test touch nothing else of the world.
    const env = {
      owner: 1,
      name: '1',
      sql: this.sql,
      clock: {
        now: () => 1_000,
        timer: (ms: number, then: () => void) => {
          const timer = { then };
          if (ms === 0) queueMicrotask(then);
          else this.timers.add(timer);
          return { cancel: () => this.timers.delete(timer) };
        },
      },
      random: { bytes: (count: number) => new Uint8Array(count).fill(boot) },
      alarm: { arm: () => undefined },
      bell: {
        ring: (users: readonly string[]) => {
          this.rung.push(...users);
        },
      },
      actors: {
        room: (id: string) => ({
          reading: {
            memberships: async (at: number | undefined, after: number) => {
              this.logReads += 1;
              return this.room(id).page(at, after);
            },
          },
        }),
      },
    } as unknown as ObjectEnv;
    const stream = new Stream(env, {
      isOurs: (userId) => DEVICES.has(userId),
      noteMembership: () => undefined,
      noteActive: () => undefined,
    });
    const { positions } = stream;
    const data = new Data(env, {
      positions,
      demandSession: () => undefined,
      ring: () => undefined,
      pushRules: () => ({}),
      ignoresOthers: () => undefined,
      invitesWaiting: () => 0,
    });
    const toDevice = new ToDevice(env, { positions, deviceIdsOf: (userId) => DEVICES.get(userId) ?? [] });
    stream.readFrom({
      demandSession: () => undefined,
      presence: NO_PRESENCE,
      data,
      toDevice,
      keys: { countsFor: () => ({ counts: [], unusedFallbacks: [] }), changedAfter: () => false },
      push: NO_PUSH,
    });
    return [stream, data, toDevice];
  }
}
