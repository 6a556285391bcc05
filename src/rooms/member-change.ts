// What a change of one membership in the current state means for the room: who is counted, which groups and servers are told.
import { serverOf } from '../spec/identifiers/user-id.ts';
import type { RoomData } from './room-data.ts';
import type { Head } from './store/info.ts';

export interface MemberChange {
  readonly userId: string;
  readonly membership: string;
  /** The event that says so, or that said the opposite before. */
  readonly number: number;
  /** The entry of the log that tells of it. */
  readonly roomPos: number;
}

/** Inside a commit. Answers the room's end with its counts as they are then. */
export function changeMember(data: RoomData, head: Head, { userId, membership, number, roomPos }: MemberChange): Head {
  const before = data.members.get(userId);
  const was = before?.membership ?? 'leave';
  const group = before?.group ?? data.groups.known(userId);
  const joins = membership === 'join' && was !== 'join';
  const leaves = membership !== 'join' && was === 'join';
  data.members.put({
    userId,
    membership,
    number,
    group,
    joinPos: joins ? roomPos : before?.joinPos,
    leftPos: leaves ? roomPos : joins ? undefined : before?.leftPos,
  });
  if (!data.groups.isLocal(userId)) {
    if (joins || leaves) changeServer(data, userId, joins, roomPos);
    else if (concerns(was) && !concerns(membership)) tellServer(data, userId, roomPos);
  }
  if (group !== undefined) {
    const told = head.eventCount === 2 ? 0 : roomPos - 1;
    changeGroup(data, group, Number(concerns(membership)) - Number(concerns(was)), told, roomPos);
  }
  const count = (name: string): number => Number(membership === name) - Number(was === name);
  return { ...head, joined: head.joined + count('join'), invited: head.invited + count('invite') };
}

/** Another server is in the room while any of its users is. */
function changeServer({ members, stays }: RoomData, userId: string, joins: boolean, roomPos: number): void {
  const server = serverOf(userId);
  if (members.anyJoined(server, userId)) return;
  if (joins) stays.begin(server, roomPos);
  else stays.end(server, roomPos);
}

/** Whose invite or knock ends has to hear of it, also where nobody else of their server is in the room. */
function tellServer({ members, stays }: RoomData, userId: string, roomPos: number): void {
  const server = serverOf(userId);
  if (!members.anyJoined(server, userId)) stays.addSingle(server, roomPos);
}

/**
 * A group that had nobody here has missed nothing that concerns it: `atEntry` is where it begins, for the creator's the
 * beginning of the room.
 */
function changeGroup({ members }: RoomData, group: number, by: number, atEntry: number, roomPos: number): void {
  const stored = members.groups().find((candidate) => candidate.group === group);
  const told = stored === undefined || stored.members === 0 ? atEntry : stored.told;
  members.putGroup({ group, members: (stored?.members ?? 0) + by, told, due: roomPos });
}

/** Whether a user with this membership is told what happens in the room. */
function concerns(membership: string): boolean {
  return membership === 'join' || membership === 'invite' || membership === 'knock';
}
