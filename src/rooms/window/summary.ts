// The room summary of a window: who is in the room, for a name where it has none.
// https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3sync
import type { RoomData } from '../room-data.ts';

const HEROES = 5;

/** The first members by arrival, never the viewer; where nobody is joined or invited, those who left. */
export function heroesFor(data: RoomData, viewer: string): string[] {
  const others = (memberships: readonly string[]): string[] =>
    memberships
      .flatMap((membership) => data.members.first(membership, HEROES + 1))
      .toSorted((a, b) => a.number - b.number)
      .map(({ userId }) => userId)
      .filter((userId) => userId !== viewer)
      .slice(0, HEROES);
  const here = others(['join', 'invite']);
  return here.length > 0 ? here : others(['leave', 'ban']);
}

export function summaryText(data: RoomData, heroes: readonly string[]): string {
  const { joined, invited } = data.head;
  return JSON.stringify({ 'm.heroes': heroes, 'm.joined_member_count': joined, 'm.invited_member_count': invited });
}
