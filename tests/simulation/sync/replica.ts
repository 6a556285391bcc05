// What a client knows of its rooms, made of /sync answers by the letter of the specification, without a look at the server.
// https://spec.matrix.org/v1.19/client-server-api/#syncing
import type { Mark } from './marks.ts';
import type { SyncAnswer, SyncEvent } from '../../black-box/client.ts';

export interface RoomReplica {
  readonly section: 'join' | 'leave';
  /** Events in order, gaps filled. */
  readonly timeline: readonly SyncEvent[];
  /** By type and state key. */
  readonly state: ReadonlyMap<string, SyncEvent>;
  /** Whether the client was in the room until this answer, so that it knows the state by itself. */
  readonly followed: boolean;
  /** Whether its gaps could be filled: who never was in a room may not read it. */
  readonly whole: boolean;
}

/** Everything at one token. Never changed: an older token may be used again. */
export interface Replica {
  readonly rooms: ReadonlyMap<string, RoomReplica>;
  readonly invites: ReadonlySet<string>;
}

export const NOTHING: Replica = { rooms: new Map(), invites: new Set() };

export interface RoomAnswer {
  readonly timeline?: {
    readonly events: readonly SyncEvent[];
    readonly limited?: boolean;
    readonly prev_batch?: string;
  };
  readonly state?: { readonly events: readonly SyncEvent[] };
  readonly state_after?: { readonly events: readonly SyncEvent[] };
}

export interface Ways {
  readonly userId: string;
  readonly stateAfter: boolean;
  readonly fullState: boolean;
  /** Pages back from a token, newest first, until it meets an event of `known` (which is left out) or the beginning. Undefined: it is not let in. */
  readonly fill: (
    roomId: string,
    from: string,
    known: ReadonlySet<string>,
  ) => Promise<readonly SyncEvent[] | undefined>;
  /** An event that the answer brought, or its gap. */
  readonly told: (event: SyncEvent) => void;
  /** Takes note of what rarely happens. */
  readonly mark: (mark: Mark) => void;
  /** Takes note of what no answer may say. */
  readonly complain: (wrong: string) => void;
}

export const stateKeyOf = (event: SyncEvent): string => `${event.type} ${event.state_key}`;

/** The replica after an answer. */
export async function applied(before: Replica, answer: SyncAnswer, ways: Ways): Promise<Replica> {
  const rooms = new Map(before.rooms);
  const invites = new Set(before.invites);
  const { join = {}, leave = {}, invite = {} } = answer.rooms ?? {};
  for (const [section, sections] of [
    ['join', join],
    ['leave', leave],
  ] as const) {
    for (const [roomId, room] of Object.entries(sections)) {
      rooms.set(roomId, await roomAfter(rooms.get(roomId), section, roomId, room as RoomAnswer, ways));
      invites.delete(roomId);
    }
  }
  for (const roomId of Object.keys(invite)) {
    invites.add(roomId);
    ways.mark('an invite was shown');
    const last = rooms.get(roomId);
    if (last) rooms.set(roomId, { ...last, section: 'leave', followed: false });
  }
  return { rooms, invites };
}

async function roomAfter(
  last: RoomReplica | undefined,
  section: 'join' | 'leave',
  roomId: string,
  answer: RoomAnswer,
  ways: Ways,
): Promise<RoomReplica> {
  // A room that the user was out of is new to the client.
  const before = last?.section === 'join' ? last : undefined;
  const known = new Set(before?.timeline.map((event) => event.event_id));
  const { events = [], limited = false, prev_batch: from } = answer.timeline ?? {};
  if (section === 'leave') ways.mark('a room was left');
  if (section === 'join' && last?.section === 'leave') ways.mark('a room was joined again');
  if (limited && from === undefined) ways.complain(`${roomId}: a limited timeline without prev_batch`);
  const gap = limited && from !== undefined ? await ways.fill(roomId, from, known) : [];
  if (gap && gap.length > 0) ways.mark('a gap was filled');
  const told = ways.stateAfter ? answer.state_after : answer.state;
  for (const event of [...(gap ?? []), ...events]) ways.told(event);
  const overlap = events.findLastIndex((event) => known.has(event.event_id)) + 1;
  // Who was outside meanwhile is told the room as a new one, and clients know again what they have.
  const news = [...events.slice(overlap), ...(told?.events ?? [])];
  const anew = limited && news.some((event) => joins(event, ways.userId));
  if (overlap > 0 && !anew) ways.complain(`${roomId}: ${events[overlap - 1]?.event_id} was told twice`);
  const added = overlap > 0 ? events.slice(overlap) : [...(gap ?? []).toReversed(), ...events];
  const state = new Map(ways.fullState && answer.timeline ? [] : before?.state);
  if (ways.stateAfter && answer.state) ways.complain(`${roomId}: state where state_after was asked for`);
  for (const event of told?.events ?? []) state.set(stateKeyOf(event), event);
  if (!ways.stateAfter)
    for (const event of events) if (event.state_key !== undefined) state.set(stateKeyOf(event), event);
  return {
    section,
    timeline: [...(before?.timeline ?? []), ...added],
    state,
    followed: before !== undefined,
    whole: gap !== undefined,
  };
}

function joins(event: SyncEvent, userId: string): boolean {
  return event.type === 'm.room.member' && event.state_key === userId && event.content['membership'] === 'join';
}
