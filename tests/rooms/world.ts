// A homeserver around the rooms: Alice, Bob and Charlie, a Home that names rooms, and Users groups that take what rooms tell.
import { buildEvent } from '../../src/events/build-event.ts';
import { roomVersion } from '../../src/events/room-versions.ts';
import { signerFromSeed } from '../../src/events/signing-key.ts';
import type { Clock, Timer } from '../../src/ports/clock.ts';
import type { Requester } from '../../src/ports/contracts/requester.ts';
import type {
  LogEntry,
  MembershipChange,
  MessagesPage,
  MessagesRequest,
  RoomContract,
  RoomStep,
} from '../../src/ports/contracts/room.ts';
import type { RoomWindow, WindowRequest } from '../../src/ports/contracts/room-window.ts';
import type { UsersPush } from '../../src/ports/contracts/users-push.ts';
import type { UsersStream } from '../../src/ports/contracts/users-stream.ts';
import type { HomeContract } from '../../src/ports/contracts/home.ts';
import type { ServersContract } from '../../src/ports/contracts/servers.ts';
import type { RoomNews, ServersOutbound } from '../../src/ports/contracts/servers-outbound.ts';
import type { HomeAliases, HomeDirectory } from '../../src/ports/contracts/home-directory.ts';
import type { UsersContract } from '../../src/ports/contracts/users.ts';
import type { UsersData } from '../../src/ports/contracts/users-data.ts';
import type { UsersAccounts } from '../../src/ports/contracts/users-accounts.ts';
import type { ObjectEnv } from '../../src/ports/object-env.ts';
import type { Settings } from '../../src/ports/settings.ts';
import { isObject, type JsonObject } from '../../src/spec/json.ts';
import { Room } from '../../src/rooms/room.ts';
import { roomsSchema } from '../../src/rooms/schema.ts';
import { MemorySql } from './memory-sql.ts';

const SERVER = 'hearth.test';
const SEED = new Uint8Array(32).fill(7);

function someone(name: string, group: number): Requester {
  return { userId: `@${name}:${SERVER}`, deviceId: `${name.toUpperCase()}1`, group };
}

export const alice = someone('alice', 1);
export const bob = someone('bob', 1);
export const charlie = someone('charlie', 2);

class TestClock implements Clock {
  time = 1_700_000_000_000;
  #timers: { at: number; then: () => void }[] = [];

  now(): number {
    return this.time;
  }

  monotonic(): number {
    return this.time;
  }

  timer(ms: number, then: () => void): Timer {
    if (ms === 0) {
      queueMicrotask(then);
      return { cancel: () => {} };
    }
    const timer = { at: this.time + ms, then };
    this.#timers.push(timer);
    return { cancel: () => void (this.#timers = this.#timers.filter((other) => other !== timer)) };
  }

  /** Lets time pass, with what falls due. */
  pass(ms: number): void {
    this.time += ms;
    const due = this.#timers.filter((timer) => timer.at <= this.time);
    this.#timers = this.#timers.filter((timer) => timer.at > this.time);
    for (const { then: act } of due) act();
  }
}

/** A Users group as a room sees it. */
export class TestGroup {
  readonly rooms = new Map<string, { pos: number; entries: LogEntry[] }>();
  readonly typing: (readonly string[])[] = [];
  readonly receipts: number[] = [];
  readonly reads: [userId: string, threadId: string | undefined, roomPos: number][] = [];
  down = false;

  readonly contract: UsersContract = {
    ...absent<UsersContract>(),
    accounts: {
      ...absent<UsersAccounts>(),
      memberProfile: async (userId) => ({ displayName: userId.slice(1, userId.indexOf(':')), avatarUrl: undefined }),
    },
    data: {
      ...absent<UsersData>(),
      blocksInvites: async () => false,
      copyRoomData: async () => {},
    },
    push: {
      ...absent<UsersPush>(),
      copyRoomRules: async () => {},
      read: async (userId, _roomId, threadId, roomPos) => void this.reads.push([userId, threadId, roomPos]),
    },
    stream: {
      ...absent<UsersStream>(),
      apply: async (roomId, _epoch, after, entries) => {
        if (this.down) throw new Error('this group is down');
        const known = this.rooms.get(roomId) ?? { pos: after, entries: [] };
        if (after <= known.pos) {
          for (const entry of entries) {
            if (entry.roomPos <= known.pos) continue;
            known.entries.push(entry);
            known.pos = entry.roomPos;
          }
        }
        this.rooms.set(roomId, known);
        return { applied: known.pos };
      },
      applyTyping: async (_roomId, userIds) => void this.typing.push(userIds),
      applyReceipts: async (_roomId, receiptPos) => void this.receipts.push(receiptPos),
    },
  };
}

/** A shard of Servers as a room sees it. */
export class TestShard {
  readonly rooms = new Map<string, { pos: number; news: RoomNews[] }>();
  down = false;

  readonly contract: ServersContract = {
    ...absent<ServersContract>(),
    outbound: {
      ...absent<ServersOutbound>(),
      apply: async (roomId, _epoch, after, to, news) => {
        if (this.down) throw new Error('this shard is down');
        const known = this.rooms.get(roomId) ?? { pos: after, news: [] };
        if (after <= known.pos && to > known.pos) {
          known.news.push(...news.filter(({ roomPos }) => roomPos > known.pos));
          known.pos = to;
        }
        this.rooms.set(roomId, known);
        return { applied: known.pos };
      },
    },
  };
}

const down = (): Error => new Error('home is down');
/** Parts of a contract that no room asks for. */
function absent<T>(): T {
  return JSON.parse('{}');
}

export class World {
  readonly warnings: unknown[] = [];
  readonly clock = new TestClock();
  readonly sql = new MemorySql(roomsSchema);
  readonly groups = new Map<number, TestGroup>();
  readonly alarms: number[] = [];
  readonly shard = new TestShard();
  readonly unlisted: [roomId: string, publication: number][] = [];
  readonly unnamed: string[] = [];
  homeIsDown = false;
  failpoint: (name: string) => void = () => {};
  readonly #rooms = new Map<string, Room>();
  readonly #owners = new Map<string, number>();
  readonly signer = signerFromSeed(SERVER, 'ed25519:1', SEED);
  readonly #users = new Map([alice, bob, charlie].map((user) => [user.userId, user.group]));
  #created = 0;

  addUser(name: string, group: number): Requester {
    const user = someone(name, group);
    this.#users.set(user.userId, group);
    return user;
  }

  group(number: number): TestGroup {
    let group = this.groups.get(number);
    if (group === undefined) this.groups.set(number, (group = new TestGroup()));
    return group;
  }

  room(roomId: string): Room {
    let room = this.#rooms.get(roomId);
    if (room === undefined) this.#rooms.set(roomId, (room = new Room(this.env(roomId))));
    return room;
  }

  /** Drops all rooms from memory, as an eviction or a restart does. */
  restart(): void {
    this.#rooms.clear();
  }

  readonly home: HomeContract = {
    ...absent<HomeContract>(),
    directory: {
      ...absent<HomeDirectory>(),
      put: async (roomId, publication, _roomPos, listing) => {
        if (this.homeIsDown) throw down();
        if (listing === undefined) this.unlisted.push([roomId, publication]);
      },
    },
    aliases: {
      ...absent<HomeAliases>(),
      removeAll: async (roomId) => void (this.homeIsDown ? await Promise.reject(down()) : this.unnamed.push(roomId)),
    },
    signingKey: async () => ({ keyId: 'ed25519:1', seed: SEED }),
    groupOf: async (userId) => this.#users.get(userId),
    draftCreateEvent: async ({ sender, roomVersion: id, content }) => {
      const version = roomVersion(id);
      if (version === undefined) throw new Error('no such version');
      this.#created += 1;
      const creator = version.creatorIsSender ? {} : { creator: sender };
      const pdu = buildEvent(
        {
          type: 'm.room.create',
          sender,
          roomId: `!room${this.#created}:${SERVER}`,
          stateKey: '',
          content: { ...content, ...creator, room_version: id },
          prevEvents: [],
          authEvents: [],
          depth: 1,
          originServerTs: this.clock.now() + this.#created,
        },
        version,
        this.signer,
      );
      return { roomId: pdu.roomId, pdu: pdu.json };
    },
  };

  env(roomId: string): ObjectEnv {
    const owner = this.#owners.get(roomId) ?? this.#owners.size + 1;
    this.#owners.set(roomId, owner);
    const settings: Settings = { ...absent<Settings>(), serverName: SERVER };
    const silent = (): void => {};
    return {
      owner,
      name: roomId,
      settings,
      sql: this.sql,
      clock: this.clock,
      random: { bytes: (count) => new Uint8Array(count) },
      alarm: { arm: (at) => void this.alarms.push(at) },
      durability: { settled: async () => {} },
      actors: {
        home: () => this.home,
        room: (id): RoomContract => this.room(id),
        users: (group) => this.group(group).contract,
        servers: () => this.shard.contract,
        serversShard: () => absent(),
        shardOf: () => 0,
      },
      bell: { ring: silent },
      runner: { wake: silent },
      log: { debug: silent, info: silent, warn: (...said) => void this.warnings.push(said), error: silent },
      failpoint: (name) => this.failpoint(name),
    };
  }
}

/** What a room's tests say: one room and the people in it. */
export class TestRoom {
  readonly world: World;
  readonly id: string;
  #sent = 0;

  constructor(world: World, id: string) {
    this.world = world;
    this.id = id;
  }

  get room(): Room {
    return this.world.room(this.id);
  }

  async send(by: Requester, body: string): Promise<string> {
    return this.sendContent(by, { msgtype: 'm.text', body }, 'm.room.message');
  }

  async sendContent(by: Requester, content: JsonObject, type = 'com.example.event'): Promise<string> {
    this.#sent += 1;
    const transaction = { scope: 'PUT send', id: `t${this.#sent}` };
    return (await this.room.writing.send(by, { type, content }, transaction)).eventId;
  }

  /** An event that relates to another. */
  async relate(by: Requester, relType: string, parent: string, more: JsonObject = {}, type?: string): Promise<string> {
    const key = relType === 'm.annotation' ? { key: '+' } : {};
    const edit = relType === 'm.replace' ? { 'm.new_content': { msgtype: 'm.text', ...more } } : {};
    const relatesTo = { rel_type: relType, event_id: parent, ...key };
    return this.sendContent(
      by,
      { msgtype: 'm.text', body: relType, ...edit, ...more, 'm.relates_to': relatesTo },
      type ?? (relType === 'm.annotation' ? 'm.reaction' : 'm.room.message'),
    );
  }

  async state(by: Requester, type: string, stateKey: string, content: JsonObject): Promise<string> {
    return (await this.room.writing.send(by, { type, stateKey, content }, undefined)).eventId;
  }

  async member(by: Requester, operation: MembershipChange['operation'], target: Requester = by): Promise<void> {
    const membership = operation === 'kick' || operation === 'unban' ? 'leave' : operation;
    await this.room.writing.changeMembership(by, { target: target.userId, operation, membership });
  }

  async visibility(value: string): Promise<void> {
    await this.state(alice, 'm.room.history_visibility', '', { history_visibility: value });
  }

  /** A page of /messages, backwards from the end unless asked otherwise. */
  async page(by: Requester, request: Partial<MessagesRequest>): Promise<MessagesPage> {
    return this.room.reading.messages(by, {
      direction: 'b',
      from: undefined,
      to: undefined,
      limit: 10,
      filter: {},
      ignored: [],
      ...request,
    });
  }

  /** The position of the room's log that Alice's group has. */
  get pos(): number {
    return this.world.group(1).rooms.get(this.id)?.pos ?? 0;
  }

  async window(by: Requester, request: Partial<WindowRequest> & { limit?: number } = {}): Promise<ReadWindow> {
    const { limit, ...rest } = request;
    const window = await this.room.reading.window({
      viewer: { userId: by.userId, deviceId: by.deviceId, ignored: [] },
      membership: 'join',
      epoch: 1,
      after: undefined,
      to: this.pos,
      fullState: false,
      stateAt: 'start',
      knownMembers: [],
      receiptsAfter: undefined,
      filter: {
        timeline: limit === undefined ? {} : { limit },
        state: {},
        eventFields: undefined,
        eventFormat: 'client',
      },
      ...rest,
    });
    if (window === undefined) throw new Error('the log of the room is another one');
    return { ...window, events: objects(window.timeline), stateEvents: objects(window.state) };
  }
}

export interface ReadWindow extends RoomWindow {
  readonly events: readonly JsonObject[];
  readonly stateEvents: readonly JsonObject[];
}

export function objects(text: string): JsonObject[] {
  const list: unknown = JSON.parse(text);
  if (!Array.isArray(list)) throw new Error('not a list');
  return list.filter(isObject);
}

/** What an event says, in short: a message's body, else its type. */
export function said(event: JsonObject): string {
  const content = event['content'];
  const body = isObject(content) ? content['body'] : undefined;
  return typeof body === 'string' ? body : String(event['type']);
}

export interface RoomOptions {
  readonly joinRule?: string;
  readonly visibility?: string;
  readonly steps?: readonly RoomStep[];
  readonly world?: World;
}

/** A public room of Alice's, with shared history unless another is asked for. */
export async function aRoom(version = '12', options: RoomOptions = {}): Promise<TestRoom> {
  const world = options.world ?? new World();
  const { roomId, pdu } = await world.home.draftCreateEvent({
    sender: alice.userId,
    roomVersion: version,
    content: {},
  });
  const users = version === '12' ? {} : { [alice.userId]: 100 };
  await world.room(roomId).writing.create(alice, pdu, [
    { kind: 'state', type: 'm.room.power_levels', stateKey: '', content: { users } },
    { kind: 'state', type: 'm.room.join_rules', stateKey: '', content: { join_rule: options.joinRule ?? 'public' } },
    ...(options.visibility === undefined
      ? []
      : [
          {
            kind: 'state',
            type: 'm.room.history_visibility',
            stateKey: '',
            content: { history_visibility: options.visibility },
          } as const,
        ]),
    ...(options.steps ?? []),
  ]);
  return new TestRoom(world, roomId);
}
