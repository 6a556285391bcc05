// What is new for one device since a token, read from memory: a sync without news makes no query and no call to a Room.
import type { Requester } from '../../ports/contracts/requester.ts';
import type { PresenceEntry, SyncPresence } from '../../ports/contracts/users-presence.ts';
import type { News, NewsRequest, RoomNews } from '../../ports/contracts/users-stream.ts';
import type { JsonObject } from '../../spec/json.ts';
import type { Push } from '../push/push.ts';
import type { DeviceLists } from './device-lists.ts';
import type { Membership, RoomView } from './room-view.ts';
import type { RoomsView } from './rooms-view.ts';
import { type StreamToken, tokenText } from './token.ts';

/** As many to-device messages as one answer holds. */
const TO_DEVICE_LIMIT = 100;

const NO_MESSAGES = { messages: [], last: undefined, more: false };

/** What /sync reads besides rooms. */
export interface NewsSources {
  /** Throws 401 for a session that has ended: a poll may have begun before it did. */
  demandSession(by: Requester): void;
  readonly data: {
    changedAfter(userId: string, pos: number): boolean;
    after(
      userId: string,
      pos: number,
    ): readonly { readonly roomId: string; readonly type: string; readonly content: JsonObject }[];
    inRoom(userId: string, roomId: string): RoomData;
    ignoredBy(userId: string): readonly string[];
    isBlockingInvites(userId: string): boolean;
  };
  readonly toDevice: {
    hasAfter(by: Requester, pos: number): boolean;
    after(
      by: Requester,
      pos: number,
      limit: number,
    ): { readonly messages: readonly JsonObject[]; readonly last: number | undefined; readonly more: boolean };
    acknowledge(by: Requester, pos: number): void;
  };
  readonly keys: {
    countsFor(by: Requester): {
      readonly counts: readonly (readonly [algorithm: string, count: number])[];
      readonly unusedFallbacks: readonly string[];
    };
    /** Whether a device's own counts changed after a position. */
    changedAfter(by: Requester, pos: number): boolean;
  };
  readonly push: PushSource;
  readonly presence: PresenceSource;
}

/** See the presence part. */
export interface PresenceSource {
  noteSync(by: Requester, presence: SyncPresence): void;
  heardAt(userId: string): number;
  changes(userId: string, since: number | undefined, pos: number): PresenceEntry[];
}

/** What the push part does for the stream. */
export type PushSource = Pick<
  Push,
  | 'shown'
  | 'judge'
  | 'redact'
  | 'keep'
  | 'settle'
  | 'settled'
  | 'beginRoom'
  | 'forgetRoom'
  | 'unread'
  | 'movedAt'
  | 'movedSince'
>;

type RoomData = readonly { readonly type: string; readonly content: JsonObject }[];

export class NewsDesk {
  readonly #rooms: RoomsView;
  readonly #deviceLists: DeviceLists;
  readonly #sources: NewsSources;

  constructor(rooms: RoomsView, deviceLists: DeviceLists, sources: NewsSources) {
    this.#rooms = rooms;
    this.#deviceLists = deviceLists;
    this.#sources = sources;
  }

  ignoredBy(userId: string): readonly string[] {
    return this.#sources.data.ignoredBy(userId);
  }

  hasNews(by: Requester, since: StreamToken, now: StreamToken, presence?: SyncPresence): boolean {
    this.#sources.demandSession(by);
    if (presence !== undefined) {
      this.#sources.presence.noteSync(by, presence);
      if (presence.hears && this.#sources.presence.heardAt(by.userId) > ephemeralSince(since, now)) return true;
    }
    const { data, toDevice, keys } = this.#sources;
    if (toDevice.hasAfter(by, since.toDevice)) return true;
    if (since.pos < now.pos) {
      if (data.changedAfter(by.userId, since.pos) || keys.changedAfter(by, since.pos)) return true;
      if (this.#deviceLists.mayConcern(by.userId, since.pos)) {
        const { changed, left } = this.#deviceLists.between(by.userId, since.pos);
        if (changed.length > 0 || left.length > 0) return true;
      }
    }
    return this.#movedRooms(by, since, now).size > 0;
  }

  news(by: Requester, since: StreamToken | undefined, now: StreamToken, request: NewsRequest): News {
    this.#sources.demandSession(by);
    const { data, toDevice, keys } = this.#sources;
    if (request.presence !== undefined) this.#sources.presence.noteSync(by, request.presence);
    const roomsOnly = request.roomsOnly === true;
    if (since && !roomsOnly) toDevice.acknowledge(by, since.toDevice);
    const received = since?.toDevice ?? 0;
    const messages = roomsOnly ? NO_MESSAGES : toDevice.after(by, received, TO_DEVICE_LIMIT);
    const told = roomsOnly ? received : messages.more ? messages.last : undefined;
    const end = told === undefined ? now : { ...now, toDevice: told };
    const changedData = data.after(by.userId, since?.pos ?? 0);
    const inRooms = byRoom(changedData);
    const lists =
      since && this.#deviceLists.mayConcern(by.userId, since.pos)
        ? this.#deviceLists.between(by.userId, since.pos)
        : { changed: [], left: [] };
    const { counts, unusedFallbacks } = keys.countsFor(by);
    const global = changedData.filter(({ roomId }) => roomId === '').map(({ type, content }) => ({ type, content }));
    return {
      nextBatch: tokenText(end),
      rooms: this.#roomNews(by, since, now, request, inRooms),
      accountData:
        since || global.some(({ type }) => type === 'm.push_rules') ? global : [this.#pushRules(by), ...global],
      toDevice: messages.messages,
      devicesChanged: lists.changed,
      devicesLeft: lists.left,
      oneTimeKeyCounts: counts,
      unusedFallbackKeyTypes: unusedFallbacks,
      ignoredUsers: data.ignoredBy(by.userId),
      presence: this.#presence(by, since, now, request.presence),
    };
  }

  #presence(
    { userId }: Requester,
    since: StreamToken | undefined,
    now: StreamToken,
    presence: SyncPresence | undefined,
  ): readonly PresenceEntry[] {
    if (presence?.hears !== true) return [];
    const after = since && ephemeralSince(since, now);
    const entries = this.#sources.presence.changes(userId, after, since?.pos ?? 0);
    if (entries.length === 0) return entries;
    const ignored = new Set(this.#sources.data.ignoredBy(userId));
    return entries.filter((entry) => !ignored.has(entry.userId));
  }

  /** Whose invites the user is not shown. */
  #unwelcome(userId: string): ReadonlySet<string> | 'everybody' {
    const { data } = this.#sources;
    return data.isBlockingInvites(userId) ? 'everybody' : new Set(data.ignoredBy(userId));
  }

  #pushRules({ userId }: Requester): RoomData[number] {
    return { type: 'm.push_rules', content: this.#sources.push.shown(userId) };
  }

  #roomNews(
    by: Requester,
    since: StreamToken | undefined,
    now: StreamToken,
    request: NewsRequest,
    inRooms: ReadonlyMap<string, RoomData>,
  ): RoomNews[] {
    const ignored = this.#unwelcome(by.userId);
    const owed = new Map(request.owed.map((room) => [room.roomId, room]));
    const whole = since === undefined || request.fullState;
    const news: RoomNews[] = [];
    for (const room of this.#candidates(by, since, now, request, inRooms)) {
      const own = room.members.get(by.userId);
      if (own === undefined || isInviteOf(own, ignored)) continue;
      if (whole && !owed.has(room.roomId) && !this.#isShownWhole(own, since, request)) continue;
      const credit = owed.get(room.roomId);
      const one = this.#of(room, own, since, now, inRooms.get(room.roomId) ?? [], credit !== undefined);
      if (!one) continue;
      const after = credit?.epoch === room.epoch ? credit.after : undefined;
      news.push(credit === undefined ? one : { ...one, after, moved: true });
    }
    return news;
  }

  #candidates(
    by: Requester,
    since: StreamToken | undefined,
    now: StreamToken,
    request: NewsRequest,
    inRooms: ReadonlyMap<string, RoomData>,
  ): Iterable<RoomView> {
    if (since === undefined || request.fullState) return this.#rooms.of(by.userId);
    const rooms = this.#movedRooms(by, since, now);
    for (const roomId of [...inRooms.keys(), ...request.owed.map(({ roomId }) => roomId)]) {
      const room = this.#rooms.get(roomId);
      if (room) rooms.add(room);
    }
    return rooms;
  }

  /** The user's rooms in which there is news since a token. Costs nothing if nothing moved, however many rooms there are. */
  #movedRooms(by: Requester, since: StreamToken, now: StreamToken): Set<RoomView> {
    const { userId } = by;
    const rooms = new Set<RoomView>();
    if (this.#rooms.latestFor(userId) > since.pos) {
      const ignored = this.#unwelcome(userId);
      for (const room of this.#rooms.movedSince(userId, since.pos)) {
        const own = room.members.get(userId);
        if (own && hasMoved(room, own, since.pos) && !isInviteOf(own, ignored)) rooms.add(room);
      }
    }
    for (const number of this.#sources.push.movedSince(userId, since.pos)) {
      const room = this.#rooms.byNumber(number);
      if (room?.isJoined(userId) === true) rooms.add(room);
    }
    const typedSince = ephemeralSince(since, now);
    if (this.#rooms.typingAt(userId) > typedSince)
      for (const room of this.#rooms.typedSince(userId, typedSince))
        if (room.typingAt > typedSince && room.isJoined(userId)) rooms.add(room);
    if (since.boot !== now.boot) {
      for (const number of since.typing) {
        const room = this.#rooms.byNumber(number);
        if (room?.isJoined(userId) === true && fellSilent(room, since, now)) rooms.add(room);
      }
    }
    return rooms;
  }

  /** Whether a room belongs in an answer that shows everything. */
  #isShownWhole(own: Membership, since: StreamToken | undefined, request: NewsRequest): boolean {
    if (own.membership === 'join' || own.membership === 'invite' || own.membership === 'knock') return true;
    return (request.includeLeave && !own.forgotten) || (since !== undefined && own.pos > since.pos);
  }

  #of(
    room: RoomView,
    own: Membership,
    since: StreamToken | undefined,
    now: StreamToken,
    accountData: RoomData,
    isOwed: boolean,
  ): RoomNews | undefined {
    const { roomId, epoch } = room;
    const nothing = {
      roomId,
      epoch,
      accountData,
      typing: undefined,
      receiptsAfter: undefined,
      strippedState: undefined,
      moved: false,
      unread: undefined,
    };
    const { membership } = own;
    if (membership === 'invite' || membership === 'knock') {
      return {
        ...nothing,
        membership,
        after: undefined,
        to: own.roomPos,
        strippedState: JSON.parse(own.stripped ?? '[]') as JsonObject[],
      };
    }
    if (membership === 'leave' || membership === 'ban') {
      if (since && own.pos <= since.pos && (!isOwed || own.forgotten))
        return accountData.length > 0 ? { ...nothing, membership, after: own.roomPos, to: own.roomPos } : undefined;
      const after = since && this.#rooms.roomPosAt(room, since.pos);
      return { ...nothing, membership, after, to: own.roomPos, moved: true };
    }
    if (membership !== 'join') return undefined;
    const isNew = since === undefined || own.since > since.pos;
    const after = isNew ? undefined : this.#rooms.roomPosAt(room, since.pos);
    // The user's own receipts are told at once, and the private ones to nobody else.
    const receiptsMoved =
      since !== undefined && Math.max(room.receiptsAt, this.#sources.push.movedAt(own.userId, room)) > since.pos;
    const typedSince = since ? ephemeralSince(since, now) : 0;
    const typed = isNew || room.typingAt > typedSince || (since !== undefined && fellSilent(room, since, now));
    return {
      ...nothing,
      membership,
      // Data from before the stay was not told, or is forgotten.
      accountData: isNew && since ? this.#sources.data.inRoom(own.userId, roomId) : accountData,
      after,
      to: room.applied,
      moved: isNew || room.latest > since.pos,
      typing: typed && (!isNew || room.typing.length > 0) ? this.#typing(room, own.userId) : undefined,
      receiptsAfter: isNew ? 'all' : receiptsMoved ? (room.receiptPosAt(since.pos) ?? 'all') : undefined,
      unread: this.#sources.push.unread(room, own.userId),
    };
  }

  /** Who types, the ignored ones left out. */
  #typing(room: RoomView, userId: string): readonly string[] {
    const ignored = this.#sources.data.ignoredBy(userId);
    return ignored.length === 0 ? room.typing : room.typing.filter((other) => !ignored.includes(other));
  }
}

function hasMoved(room: RoomView, own: Membership, pos: number): boolean {
  return own.pos > pos || (own.membership === 'join' && (room.latest > pos || room.receiptsAt > pos));
}

/** Whether somebody was typing before a boot, after which nobody knows. */
function fellSilent(room: RoomView, since: StreamToken, now: StreamToken): boolean {
  return since.boot !== now.boot && room.typingAt === 0 && since.typing.includes(room.number);
}

/** After a boot ephemeral positions begin anew, and everything that there is now is told once. */
function ephemeralSince(since: StreamToken, now: StreamToken): number {
  return since.boot === now.boot ? since.ephemeral : 0;
}

function isInviteOf(own: Membership, ignored: ReadonlySet<string> | 'everybody'): boolean {
  if (own.membership !== 'invite') return false;
  if (ignored === 'everybody') return true;
  if (ignored.size === 0) return false;
  const events = JSON.parse(own.stripped ?? '[]') as readonly JsonObject[];
  return events.some(
    (event) =>
      event['type'] === 'm.room.member' && event['state_key'] === own.userId && ignored.has(String(event['sender'])),
  );
}

function byRoom(
  changed: readonly { readonly roomId: string; readonly type: string; readonly content: JsonObject }[],
): ReadonlyMap<string, RoomData> {
  const rooms = new Map<string, { readonly type: string; readonly content: JsonObject }[]>();
  for (const { roomId, type, content } of changed) {
    if (roomId === '') continue;
    const list = rooms.get(roomId) ?? [];
    list.push({ type, content });
    rooms.set(roomId, list);
  }
  return rooms;
}
