// The push part of a Users object: rules as users change them, how far users have read, and what they were notified of.
// https://spec.matrix.org/v1.19/client-server-api/#push-notifications
import type { LogEntry } from '../../ports/contracts/room.ts';
import type { Requester } from '../../ports/contracts/requester.ts';
import type {
  NewPushRule,
  NotificationsPage,
  NotificationsRequest,
  PushRuleKind,
  Unread,
  UsersPush,
} from '../../ports/contracts/users-push.ts';
import type { ObjectEnv } from '../../ports/object-env.ts';
import type { Json, JsonObject } from '../../spec/json.ts';
import type { Positions } from '../stream/positions.ts';
import type { RoomView } from '../stream/room-view.ts';
import type { RoomsView } from '../stream/rooms-view.ts';
import { Judge } from './judge.ts';
import type { Note } from './note.ts';
import { notificationsOf } from './notifications.ts';
import { OwnRules } from './own-rules.ts';
import { DEFAULT_RULES, UserRules } from './rule-class.ts';
import { UnreadRows } from './store/unread-rows.ts';
import { Words } from './store/words.ts';
import { UnreadCounts } from './unread.ts';

/** Earlier rules of one user that are remembered for entries that came under them. */
const HISTORY_KEPT = 200;

export interface PushNeighbours {
  readonly positions: Pick<Positions, 'prepare' | 'take' | 'last'>;
  readonly rooms: RoomsView;
  isOurs(userId: string): boolean;
  ring(userId: string): void;
  readonly data: {
    stored(userId: string, type: string): JsonObject | undefined;
    put(userId: string, roomId: string | undefined, type: string, content: JsonObject): void;
    ignoredBy(userId: string): readonly string[];
  };
}

type Keys = ReturnType<UserRules['keys']>;

export class Push implements UsersPush {
  readonly #env: ObjectEnv;
  readonly #neighbours: PushNeighbours;
  readonly #rows: UnreadRows;
  readonly #words: Words;
  readonly #judge: Judge;
  readonly #unread: UnreadCounts;
  readonly #rules = new Map<string, UserRules>();
  readonly #history = new Map<string, readonly (Keys & { readonly until: number })[]>();

  constructor(env: ObjectEnv, neighbours: PushNeighbours) {
    this.#env = env;
    this.#neighbours = neighbours;
    this.#rows = new UnreadRows(env.sql, env.owner);
    this.#words = new Words(env);
    this.#judge = new Judge({
      words: this.#words,
      rulesOf: (userId) => this.#rulesOf(userId),
      isOurs: neighbours.isOurs,
    });
    this.#unread = new UnreadCounts(env, this.#rows, {
      words: this.#words,
      positions: neighbours.positions,
      classAt: (userId, roomId, pos) => this.#classAt(userId, roomId, pos),
      ignoredBy: (userId) => neighbours.data.ignoredBy(userId),
    });
  }

  async pushRules(by: Requester): Promise<JsonObject> {
    return this.shown(by.userId);
  }

  async putPushRule(
    by: Requester,
    kind: PushRuleKind,
    ruleId: string,
    rule: NewPushRule,
    place: { readonly before: string | undefined; readonly after: string | undefined },
  ): Promise<void> {
    this.#change(by.userId, (own) => own.put(kind, ruleId, rule, place));
  }

  async deletePushRule(by: Requester, kind: PushRuleKind, ruleId: string): Promise<void> {
    this.#change(by.userId, (own) => own.delete(kind, ruleId));
  }

  async enablePushRule(by: Requester, kind: PushRuleKind, ruleId: string, enabled: boolean): Promise<void> {
    this.#change(by.userId, (own) => own.enable(kind, ruleId, enabled));
  }

  async setPushRuleActions(by: Requester, kind: PushRuleKind, ruleId: string, actions: readonly Json[]): Promise<void> {
    this.#change(by.userId, (own) => own.setActions(kind, ruleId, actions));
  }

  async copyRoomRules(userIds: readonly string[], from: string, to: string): Promise<void> {
    for (const userId of userIds)
      if (this.#rulesOf(userId) !== DEFAULT_RULES) this.#change(userId, (own) => own.carriedOver(from, to) ?? own);
  }

  async read(
    userId: string,
    roomId: string,
    threadId: string | undefined,
    roomPos: number,
    isNew: boolean,
  ): Promise<void> {
    const room = this.#neighbours.rooms.get(roomId);
    if (!room?.isJoined(userId)) return;
    if (this.#unread.read(room, userId, threadId, roomPos, isNew)) this.#neighbours.ring(userId);
  }

  async notifications(by: Requester, request: NotificationsRequest): Promise<NotificationsPage> {
    return notificationsOf(this.#unread, this.#neighbours.rooms.joinedBy(by.userId), by.userId, request);
  }

  /** The rulesets as clients are shown them. */
  shown(userId: string): JsonObject {
    return { global: this.#rulesOf(userId).own.ruleset(userId) };
  }

  /** Judges entries before they are written. */
  judge(roomId: string, room: RoomView | undefined, entries: readonly LogEntry[]): (Note | undefined)[] {
    return this.#judge.judge(roomId, room, entries);
  }

  /** See `UnreadCounts`. */
  redact(room: RoomView, entries: readonly LogEntry[]): () => void {
    return this.#unread.redact(room, entries);
  }

  keep(room: RoomView, pos: number, roomPos: number, note: Note | undefined): void {
    this.#unread.keep(room, pos, roomPos, note);
  }

  unread(room: RoomView, userId: string): Unread {
    return this.#unread.unread(room, userId);
  }

  /** Writes down what is unread for a user, so that it stands without the notes that it was counted from. */
  settle(room: RoomView, userId: string): void {
    this.#unread.settle(room, userId);
  }

  /** Forgets what redactions voided, which is in what was written down for all. */
  settled(room: RoomView): void {
    this.#unread.forgetVoids(room);
  }

  /** A room's log has become another one, in which nothing is read or unread yet. Inside a transaction; then `forgetRoom`. */
  beginRoom(room: RoomView): void {
    this.#rows.deleteRoom(room.number);
  }

  forgetRoom(room: RoomView): void {
    this.#judge.forget();
    this.#unread.forgetRoom(room.number);
  }

  /** Numbers of the rooms in which a user's read positions moved after a position of the stream. */
  movedSince(userId: string, pos: number): readonly number[] {
    return this.#unread.movedSince(userId, pos);
  }

  movedAt(userId: string, room: RoomView): number {
    return this.#unread.movedAt(userId, room.number);
  }

  /** Inside the transaction in which a user's data goes. */
  removeUser(userId: string): void {
    this.#rows.removeUser(userId);
    this.#unread.forgetUser(userId);
    this.#rules.delete(userId);
    this.#history.delete(userId);
    this.#judge.forget();
  }

  ignoresOthers(userId: string): void {
    this.#unread.ignoresOthers(userId);
  }

  #change(userId: string, change: (own: OwnRules) => OwnRules): void {
    const { data, positions } = this.#neighbours;
    const before = this.#rulesOf(userId);
    const own = change(before.own);
    if (own === before.own) return;
    positions.prepare();
    this.#env.sql.transaction(() => {
      this.#rows.putHistory(userId, positions.last, JSON.stringify(before.keys()));
      const superfluous = this.#rows.history(userId).at(-HISTORY_KEPT - 1);
      if (superfluous) this.#rows.forgetHistory(userId, superfluous.until);
      data.put(userId, undefined, 'm.push_rules', own.json());
    });
    this.#rules.set(userId, new UserRules(own));
    this.#history.delete(userId);
    this.#judge.forget();
  }

  #rulesOf(userId: string): UserRules {
    let rules = this.#rules.get(userId);
    if (!rules) {
      const stored = this.#neighbours.data.stored(userId, 'm.push_rules');
      this.#rules.set(userId, (rules = stored ? new UserRules(OwnRules.from(stored)) : DEFAULT_RULES));
    }
    return rules;
  }

  #classAt(userId: string, roomId: string, pos: number): number | undefined {
    let history = this.#history.get(userId);
    if (!history) {
      history = this.#rows.history(userId).map(({ until, classes }) => ({ until, ...(JSON.parse(classes) as Keys) }));
      this.#history.set(userId, history);
    }
    const then = history.find(({ until }) => until >= pos);
    const key = then
      ? (then.rooms.find(([room]) => room === roomId)?.[1] ?? then.general)
      : this.#rulesOf(userId).classIn(roomId).key;
    return this.#words.find(`c${key}`);
  }
}
