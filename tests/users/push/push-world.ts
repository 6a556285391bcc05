// The push part of one Users group, with a room that is but a log.
import { NO_PRESENCE } from '../stream/no-presence.ts';
import { MemorySql } from '../../rooms/memory-sql.ts';
import type { LogEntry, MembershipEntry } from '../../../src/ports/contracts/room.ts';
import type { ObjectEnv } from '../../../src/ports/object-env.ts';
import { Data } from '../../../src/users/data/data.ts';
import { Push } from '../../../src/users/push/push.ts';
import { usersSchema } from '../../../src/users/schema.ts';
import { Stream } from '../../../src/users/stream/stream.ts';

export const ALICE = '@alice:hs1';
export const BOB = '@bob:hs1';
export const CAROL = '@carol:hs1';
/** Lives elsewhere. */
export const DAVE = '@dave:hs2';
const OURS = new Set([ALICE, BOB, CAROL]);

/** What a user may have made of the rules. */
export const MANNERS = ['ordinary', 'muted', 'keyword', 'loud', 'off'] as const;
export type Manner = (typeof MANNERS)[number];
const HIGHLIGHT = ['notify', { set_tweak: 'highlight' }];

export interface Words {
  readonly sender: string;
  readonly thread: string;
  readonly body: string;
  readonly mentions: readonly string[];
}

export class PushWorld {
  readonly roomId = '!room:hs1';
  readonly sql = new MemorySql(usersSchema);
  readonly log: LogEntry[] = [];
  readonly rung: string[] = [];
  stream: Stream;
  data: Data;
  push: Push;
  #joined = 1;
  #told = 0;

  constructor() {
    [this.stream, this.data, this.push] = this.#boot();
  }

  /** Everything in memory is lost. */
  restart(): void {
    [this.stream, this.data, this.push] = this.#boot();
  }

  say({ sender, thread, body, mentions }: Words): void {
    this.#add(sender, 'm.room.message', {
      push: {
        content: { msgtype: 'm.text', body, 'm.mentions': { user_ids: mentions } },
        threadId: thread,
        joined: this.#joined,
        senderLevel: 0,
        notificationLevels: [['room', 50]],
      },
    });
  }

  redact(roomPos: number): void {
    const target = this.log[roomPos - 1]!;
    this.#add(target.event!.sender, 'm.room.redaction', { redacts: roomPos });
  }

  move(userId: string, membership: 'join' | 'leave'): void {
    this.#joined += membership === 'join' ? 1 : -1;
    const change: MembershipEntry = { userId, membership, previous: undefined, sender: userId, eventId: '$e' };
    this.log.push({ roomPos: this.log.length + 1, kind: 'event', memberships: [change] });
  }

  /** Tells what was not told yet in one call. */
  async tell(): Promise<void> {
    await this.stream.apply(this.roomId, 1, this.#told, this.log.slice(this.#told));
    this.#told = this.log.length;
  }

  async behave(userId: string, manner: Manner): Promise<void> {
    const by = { userId, deviceId: 'D', group: 1 };
    const nowhere = { before: undefined, after: undefined };
    const rule = { conditions: undefined, pattern: undefined };
    for (const [kind, id] of [
      ['room', this.roomId],
      ['content', 'cake'],
      ['override', 'loud'],
    ] as const)
      await this.push.deletePushRule(by, kind, id).catch(() => undefined);
    await this.push.enablePushRule(by, 'override', '.m.rule.master', manner === 'off');
    if (manner === 'muted') await this.push.putPushRule(by, 'room', this.roomId, { ...rule, actions: [] }, nowhere);
    if (manner === 'keyword')
      await this.push.putPushRule(by, 'content', 'cake', { ...rule, actions: HIGHLIGHT, pattern: 'cake' }, nowhere);
    if (manner === 'loud')
      await this.push.putPushRule(by, 'override', 'loud', { ...rule, actions: HIGHLIGHT, conditions: [] }, nowhere);
  }

  async ignore(userId: string, ignored: readonly string[]): Promise<void> {
    const ignoredUsers = Object.fromEntries(ignored.map((id) => [id, {}]));
    await this.data.setAccountData({ userId, deviceId: 'D', group: 1 }, undefined, 'm.ignored_user_list', {
      ignored_users: ignoredUsers,
    });
  }

  /** By thread; what has none is left out. */
  counts(userId: string): Record<string, [number, number]> {
    const room = this.stream.rooms.get(this.roomId);
    if (room?.isJoined(userId) !== true) return {};
    const { main, threads } = this.push.unread(room, userId);
    const all = [['main', main] as const, ...threads].filter(([, count]) => count.notifications > 0);
    return Object.fromEntries(all.map(([root, count]) => [root, [count.notifications, count.highlights]]));
  }

  #add(sender: string, type: string, more: Partial<NonNullable<LogEntry['event']>>): void {
    const roomPos = this.log.length + 1;
    const event = { eventId: `$e${roomPos}`, type, sender, originServerTs: 0, ...more };
    this.log.push({ roomPos, kind: 'event', event, memberships: [] });
  }

  #boot(): [Stream, Data, Push] {
    const env = {
      owner: 1,
      name: '1',
      sql: this.sql,
      clock: {
        timer: (_ms: number, then: () => void) => {
          const turn = setImmediate(then);
          return { cancel: () => clearImmediate(turn) };
        },
      },
      random: { bytes: (count: number) => new Uint8Array(count) },
      bell: { ring: (users: readonly string[]) => void this.rung.push(...users) },
    } as unknown as ObjectEnv;
    const isOurs = (userId: string): boolean => OURS.has(userId);
    const ring = (userId: string): void => void this.rung.push(userId);
    const stream = new Stream(env, { isOurs, noteMembership: () => undefined, noteActive: () => undefined });
    const { positions, rooms } = stream;
    const data: Data = new Data(env, {
      positions,
      demandSession: () => undefined,
      ring,
      pushRules: (userId) => push.shown(userId),
      invitesWaiting: () => 0,
      ignoresOthers: (userId) => {
        push.ignoresOthers(userId);
      },
    });
    const push: Push = new Push(env, { positions, rooms, data, isOurs, ring });
    const nothing = { counts: [], unusedFallbacks: [] };
    stream.readFrom({
      demandSession: () => undefined,
      presence: NO_PRESENCE,
      data,
      toDevice: {
        hasAfter: () => false,
        after: () => ({ messages: [], last: undefined, more: false }),
        acknowledge: () => undefined,
      },
      keys: { countsFor: () => nothing, changedAfter: () => false },
      push,
    });
    return [stream, data, push];
  }
}
