// The data part of a Users object: account data and filters.
// https://spec.matrix.org/v1.19/client-server-api/#client-config
import { createHash } from 'node:crypto';
import { MatrixError, notFound } from '../../spec/errors.ts';
import { canonicalJson, utf8Length } from '../../spec/canonical-json.ts';
import { isObject, member, type Json, type JsonObject } from '../../spec/json.ts';
import type { Requester } from '../../ports/contracts/requester.ts';
import type { UsersData } from '../../ports/contracts/users-data.ts';
import type { ObjectEnv } from '../../ports/object-env.ts';
import type { Positions } from '../stream/positions.ts';
import { type DataRow, DataStore } from './store/account-data.ts';

const TYPE_BYTES = 255;
/** As much as an event may have; what clients keep here (secrets, direct rooms) stays below. */
const CONTENT_BYTES = 256 * 1024;
/** What one user may keep. Clients keep a few entries for each room, and one filter for each of their versions. */
const LIMITS = { entries: 50_000, bytes: 16 * 1024 * 1024, filters: 1000, filterBytes: 4 * 1024 * 1024 };
const FILTERS_KEPT = 1000;
/** Invites that wait for a user's answer; who has so many gets no more. */
const INVITES_MAX = 1000;
/** The server's own: clients change them by other operations. */
const NOT_BY_PUT = new Set(['m.fully_read', 'm.push_rules']);

/** Entries and the bytes of their contents. */
interface Kept {
  readonly entries: number;
  readonly bytes: number;
}

export interface ChangedData {
  readonly roomId: string;
  readonly type: string;
  readonly content: JsonObject;
}

/** What account data needs of the other parts. */
export interface DataNeighbours {
  /** Throws 401 for a session that has ended since the request came: what it writes would outlive the account. */
  demandSession(by: Requester): void;
  readonly positions: Pick<Positions, 'prepare' | 'take'>;
  ring(userId: string): void;
  /** The user's push rules as they are shown; what is stored of them is what the user has changed. */
  pushRules(userId: string): JsonObject;
  /** Called inside the transaction in which a user ignores others than before. */
  ignoresOthers(userId: string): void;
  /** How many invites the user has not answered. */
  invitesWaiting(userId: string): number;
}

export class Data implements UsersData {
  readonly #env: ObjectEnv;
  readonly #neighbours: DataNeighbours;
  readonly #store: DataStore;
  readonly #limits: Readonly<typeof LIMITS>;
  /** By user: where in the stream data changed last, so that a sync without any needs no query. */
  readonly #last = new Map<string, number>();
  readonly #ignored = new Map<string, readonly string[]>();
  readonly #blocking = new Map<string, boolean>();
  /** How much each user keeps; counted when a user first writes. */
  readonly #kept = new Map<string, Kept>();
  /** By `user filter`: every /sync names one, and they never change. */
  readonly #filters = new Map<string, JsonObject>();

  constructor(env: ObjectEnv, neighbours: DataNeighbours, limits: Readonly<typeof LIMITS> = LIMITS) {
    this.#limits = limits;
    this.#env = env;
    this.#neighbours = neighbours;
    this.#store = new DataStore(env.sql, env.owner);
  }

  async accountData(by: Requester, roomId: string | undefined, type: string): Promise<JsonObject> {
    if (roomId === undefined && type === 'm.push_rules') return this.#neighbours.pushRules(by.userId);
    const content = this.#store.get(by.userId, roomId ?? '', type);
    if (content === undefined) throw notFound('There is no such account data.');
    return JSON.parse(content) as JsonObject;
  }

  async setAccountData(by: Requester, roomId: string | undefined, type: string, content: JsonObject): Promise<void> {
    if (NOT_BY_PUT.has(type)) throw new MatrixError(405, 'M_BAD_JSON', `${type} cannot be set as account data.`);
    this.#neighbours.demandSession(by);
    this.put(by.userId, roomId, type, content);
  }

  async setTag(by: Requester, roomId: string, tag: string, info: JsonObject | undefined): Promise<void> {
    this.#neighbours.demandSession(by);
    const text = this.#store.get(by.userId, roomId, 'm.tag');
    const content = withTag(text === undefined ? {} : (JSON.parse(text) as JsonObject), tag, info);
    if (content !== undefined) this.put(by.userId, roomId, 'm.tag', content);
  }

  /** The room's `m.fully_read` marker. */
  async setFullyRead(by: Requester, roomId: string, eventId: string): Promise<void> {
    this.#neighbours.demandSession(by);
    this.put(by.userId, roomId, 'm.fully_read', { event_id: eventId });
  }

  async defineFilter(by: Requester, filter: JsonObject): Promise<string> {
    const text = canonicalJson(filter);
    const filterId = createHash('sha256').update(text).digest('base64url').slice(0, 16);
    if (this.#store.filter(by.userId, filterId) !== undefined) return filterId;
    this.#neighbours.demandSession(by);
    const kept = this.#store.filtersKept(by.userId);
    if (kept.entries >= this.#limits.filters || kept.bytes + utf8Length(text) > this.#limits.filterBytes)
      throw new MatrixError(413, 'M_TOO_LARGE', 'You have too many filters.');
    this.#env.sql.transaction(() => {
      this.#store.putFilter(by.userId, filterId, text);
    });
    return filterId;
  }

  async filter(by: Requester, filterId: string): Promise<JsonObject> {
    const key = `${by.userId} ${filterId}`;
    const known = this.#filters.get(key);
    if (known !== undefined) return known;
    const text = this.#store.filter(by.userId, filterId);
    if (text === undefined) throw notFound('There is no such filter.');
    const filter = JSON.parse(text) as JsonObject;
    if (this.#filters.size >= FILTERS_KEPT) this.#filters.clear();
    this.#filters.set(key, filter);
    return filter;
  }

  /** Whether a user's data changed after a position. */
  changedAfter(userId: string, pos: number): boolean {
    return this.#lastOf(userId) > pos;
  }

  after(userId: string, pos: number): readonly ChangedData[] {
    if (!this.changedAfter(userId, pos)) return [];
    return this.#store
      .after(userId, pos)
      .map((row) => ({ roomId: row.room_id, type: row.type, content: this.#shown(userId, row) }));
  }

  /** All of a room's data, for a client that is new to the room. */
  inRoom(userId: string, roomId: string): readonly { readonly type: string; readonly content: JsonObject }[] {
    if (!this.changedAfter(userId, 0)) return [];
    return this.#store
      .inRoom(userId, roomId)
      .map(({ type, content }) => ({ type, content: JSON.parse(content) as JsonObject }));
  }

  /** The users that a user ignores. https://spec.matrix.org/v1.19/client-server-api/#ignoring-users */
  ignoredBy(userId: string): readonly string[] {
    let ignored = this.#ignored.get(userId);
    if (!ignored) {
      const text = this.#store.get(userId, '', 'm.ignored_user_list');
      const users = text === undefined ? undefined : member(JSON.parse(text) as JsonObject, 'ignored_users');
      ignored = isObject(users) ? Object.keys(users).filter((id) => id !== userId) : [];
      this.#ignored.set(userId, ignored);
    }
    return ignored;
  }

  async blocksInvites(userId: string): Promise<boolean> {
    // Each invite is kept, and sent with every first sync, until it is answered.
    return this.isBlockingInvites(userId) || this.#neighbours.invitesWaiting(userId) >= INVITES_MAX;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#minvite_permission_config */
  isBlockingInvites(userId: string): boolean {
    let blocking = this.#blocking.get(userId);
    if (blocking === undefined) {
      const text = this.#store.get(userId, '', 'm.invite_permission_config');
      blocking = text !== undefined && member(JSON.parse(text) as JsonObject, 'default_action') === 'block';
      this.#blocking.set(userId, blocking);
    }
    return blocking;
  }

  /** May be repeated: what the new room has already stays. */
  async copyRoomData(userId: string, from: string, to: string): Promise<void> {
    const tags = this.#store.get(userId, from, 'm.tag');
    if (tags !== undefined && this.#store.get(userId, to, 'm.tag') === undefined)
      this.put(userId, to, 'm.tag', JSON.parse(tags) as JsonObject);
    const direct = this.#store.get(userId, '', 'm.direct');
    const more = direct === undefined ? undefined : withRoomBeside(JSON.parse(direct) as JsonObject, from, to);
    if (more !== undefined) this.put(userId, undefined, 'm.direct', more);
  }

  /** Forgets all data of a user, inside a transaction. */
  removeUser(userId: string): void {
    this.#store.removeUser(userId);
    // Should the transaction be undone, both are read anew.
    this.#last.delete(userId);
    this.#ignored.delete(userId);
    this.#blocking.delete(userId);
    this.#kept.delete(userId);
  }

  put(userId: string, roomId: string | undefined, type: string, content: JsonObject): void {
    const text = JSON.stringify(content);
    const bytes = utf8Length(text);
    if (utf8Length(type) > TYPE_BYTES || bytes > CONTENT_BYTES)
      throw new MatrixError(413, 'M_TOO_LARGE', 'This account data is too large.');
    this.#neighbours.positions.prepare();
    const { pos, kept } = this.#env.sql.transaction(() => {
      const kept = this.#keptWith(userId, this.#store.get(userId, roomId ?? '', type), bytes);
      const pos = this.#neighbours.positions.take();
      this.#store.put(userId, roomId ?? '', type, text, pos);
      if (roomId === undefined && type === 'm.ignored_user_list') this.#neighbours.ignoresOthers(userId);
      return { pos, kept };
    });
    this.#kept.set(userId, kept);
    this.#last.set(userId, pos);
    this.#ignored.delete(userId);
    this.#blocking.delete(userId);
    this.#neighbours.ring(userId);
  }

  /** What is stored of a user, as it is stored. */
  stored(userId: string, type: string): JsonObject | undefined {
    const content = this.#store.get(userId, '', type);
    return content === undefined ? undefined : (JSON.parse(content) as JsonObject);
  }

  #shown(userId: string, row: DataRow): JsonObject {
    if (row.type === 'm.push_rules' && row.room_id === '') return this.#neighbours.pushRules(userId);
    return JSON.parse(row.content) as JsonObject;
  }

  /** What the user keeps with an entry in place of what was there before. Throws 413 M_TOO_LARGE if that is more than before, and too much. */
  #keptWith(userId: string, before: string | undefined, bytes: number): Kept {
    const { entries, bytes: all } = this.#kept.get(userId) ?? this.#store.dataKept(userId);
    const more = bytes - (before === undefined ? 0 : utf8Length(before));
    const kept = { entries: before === undefined ? entries + 1 : entries, bytes: all + more };
    if ((before === undefined && kept.entries > this.#limits.entries) || (more > 0 && kept.bytes > this.#limits.bytes))
      throw new MatrixError(413, 'M_TOO_LARGE', 'There is too much account data.');
    return kept;
  }

  #lastOf(userId: string): number {
    let last = this.#last.get(userId);
    if (last === undefined) this.#last.set(userId, (last = this.#store.lastPosition(userId)));
    return last;
  }
}

/** The content with a tag set or (undefined) removed; undefined if there is nothing to remove. */
function withTag(content: JsonObject, tag: string, info: JsonObject | undefined): JsonObject | undefined {
  // A client may have written anything here by itself.
  const before = member(content, 'tags');
  const tags = new Map(isObject(before) ? Object.entries(before) : []);
  if (info !== undefined) tags.set(tag, info);
  else if (!tags.delete(tag)) return undefined;
  return Object.fromEntries([
    ...Object.entries(content),
    ['tags', Object.fromEntries(tags) as JsonObject],
  ]) as JsonObject;
}

/** The direct chats with a room wherever another one is; undefined if that changes nothing. */
function withRoomBeside(direct: JsonObject, from: string, to: string): JsonObject | undefined {
  let changed = false;
  const entries = Object.entries(direct).map(([userId, rooms]): [string, Json] => {
    if (!Array.isArray(rooms) || !rooms.includes(from) || rooms.includes(to)) return [userId, rooms ?? null];
    changed = true;
    return [userId, [...rooms, to]];
  });
  return changed ? Object.fromEntries(entries) : undefined;
}
