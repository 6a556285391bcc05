// The room summary of a window: who is in the room, for a name where it has none.
// https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3sync
import type { RoomData } from '../room-data.ts';

const HEROES = 5;

/** Who may stand for the room: one more of each than are shown, for the viewer is among them for some. */
export interface Heroes {
  readonly here: readonly string[];
  /** Those who left; empty where more than one is here. */
  readonly gone: readonly string[];
}

/** The first members by arrival, joined or invited. */
export function heroesOf(data: RoomData): Heroes {
  const first = (memberships: readonly string[]): string[] =>
    memberships
      .flatMap((membership) => data.members.first(membership, HEROES + 1))
      .toSorted((a, b) => a.number - b.number)
      .map(({ userId }) => userId)
      .slice(0, HEROES + 1);
  const here = first(data.head.invited > 0 ? ['join', 'invite'] : ['join']);
  return { here, gone: here.length > 1 ? [] : first(['leave', 'ban']) };
}

/** Never the viewer; where nobody else is joined or invited, those who left. */
export function heroesFor({ here, gone }: Heroes, viewer: string): string[] {
  const others = here.filter((userId) => userId !== viewer);
  return (others.length > 0 ? others : gone.filter((userId) => userId !== viewer)).slice(0, HEROES);
}

export function summaryText(joined: number, invited: number, heroes: readonly string[]): string {
  return JSON.stringify({ 'm.heroes': heroes, 'm.joined_member_count': joined, 'm.invited_member_count': invited });
}
