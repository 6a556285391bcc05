// Who may see an event, written plainly from the text. https://spec.matrix.org/v1.19/client-server-api/#room-history-visibility
import type { Pdu } from '../../src/events/pdu.ts';
import { member } from '../../src/spec/json.ts';
import { serverOf } from '../../src/spec/identifiers/user-id.ts';
import { pastOf, type History } from './history.ts';
import { membershipOf } from './member-rules.ts';
import { eventAt, type Room, type State } from './ruling.ts';

/** An event with the state of its room before it and after it. */
export interface Moment {
  readonly room: Room;
  readonly event: Pdu;
  readonly before: State;
  readonly after: State;
}

export type HistoryVisibility = 'world_readable' | 'shared' | 'invited' | 'joined';

/** Not set, or not understood, is `shared`. */
export function historyVisibilityOf(room: Room, state: State): HistoryVisibility {
  const event = eventAt(room, state, 'm.room.history_visibility', '');
  const value = event === undefined ? undefined : member(event.content, 'history_visibility');
  return value === 'world_readable' || value === 'invited' || value === 'joined' ? value : 'shared';
}

/**
 * Whether `user` may see the event of `moment`. `joinedSince`: whether the user joined the room at any point after the event
 * was sent; what "after" is depends on who asks (see `mayHaveJoinedSince`).
 */
export function userMaySee(moment: Moment, user: string, joinedSince: boolean): boolean {
  const { room, event, before, after } = moment;
  const isVisibilityEvent = event.type === 'm.room.history_visibility' && event.stateKey === '';
  const isOwnMembership = event.type === 'm.room.member' && event.stateKey === user;

  const visibilities = [historyVisibilityOf(room, before)];
  if (isVisibilityEvent) visibilities.push(historyVisibilityOf(room, after));
  const memberships = [membershipOf(room, before, user)];
  if (isOwnMembership) memberships.push(membershipOf(room, after, user));

  return visibilities.some((visibility) =>
    memberships.some((membership) => isAllowed(visibility, membership, joinedSince)),
  );
}

/** The five rules of "Server behaviour". */
function isAllowed(visibility: HistoryVisibility, membership: string, joinedSince: boolean): boolean {
  if (visibility === 'world_readable') return true;
  if (membership === 'join') return true;
  if (visibility === 'shared' && joinedSince) return true;
  if (membership === 'invite' && visibility === 'invited') return true;
  return false;
}

/**
 * Whether `server` may be shown the event of `moment`: whether any user that it has, or might have, may see it.
 * `joinedSince` says of a user of that server whether they joined after the event; `users` are all users known in the room.
 */
export function serverMaySee(
  moment: Moment,
  server: string,
  users: Iterable<string>,
  joinedSince: (user: string) => boolean,
): boolean {
  // Of a server that nobody ever heard of, too, there may be a user.
  if (userMaySee(moment, `@:${server}`, false)) return true;
  for (const user of users) if (serverOf(user) === server && userMaySee(moment, user, joinedSince(user))) return true;
  return false;
}

/** The moment of an event of a history. */
export function momentOf(history: History, id: string): Moment {
  const event = history.room.events.get(id);
  const before = history.before.get(id);
  const after = history.after.get(id);
  if (event === undefined || before === undefined || after === undefined)
    throw new Error(`${id} has no place in its room`);
  return { room: history.room, event, before, after };
}

/**
 * Whether any server can hold that `user` joined after event `id`: there is an accepted join of theirs that does not stand
 * before the event in the graph. Which of two concurrent events comes first each server decides for itself, so that this
 * says yes more often than any one of them: what it denies, everybody must deny.
 */
export function mayHaveJoinedSince(history: History, user: string, id: string): boolean {
  const past = pastOf(history, id);
  return history.order.some((other) => {
    const event = history.room.events.get(other)!;
    if (event.type !== 'm.room.member' || event.stateKey !== user) return false;
    return member(event.content, 'membership') === 'join' && !history.room.rejected.has(other) && !past.has(other);
  });
}

/** Every user with an m.room.member event in the room, whatever became of it. */
export function usersIn(history: History): string[] {
  const users = new Set<string>();
  for (const event of history.room.events.values())
    if (event.type === 'm.room.member' && event.stateKey !== undefined) users.add(event.stateKey);
  return [...users];
}

/** Whether anything in the room lets `user` see event `id`; the most that a server may show them. */
export function oracleUserMaySee(history: History, user: string, id: string): boolean {
  if (history.room.rejected.has(id)) return false;
  return userMaySee(momentOf(history, id), user, mayHaveJoinedSince(history, user, id));
}

/** Whether anything in the room lets `server` see event `id`; the most that another server may show it. */
export function oracleServerMaySee(history: History, server: string, id: string): boolean {
  if (history.room.rejected.has(id)) return false;
  return serverMaySee(momentOf(history, id), server, usersIn(history), (user) => mayHaveJoinedSince(history, user, id));
}

/** The membership of `user` before event `id`. */
export function membershipBefore(history: History, user: string, id: string): string {
  return membershipOf(history.room, history.before.get(id) ?? new Map<string, string>(), user);
}
