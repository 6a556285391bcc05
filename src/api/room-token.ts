// Tokens of /messages, and `prev_batch`: a position of the room's log as text. Tokens of /sync are taken as well.
import { invalidParam } from '../spec/errors.ts';
import { splitToken } from '../sync/owed.ts';
import type { UserCall } from './endpoint.ts';

export function roomToken(position: number): string {
  return `p${position}`;
}

/** The room position of a token; undefined if none is given. Throws 400 M_INVALID_PARAM for what is no token of ours. */
export async function positionOf(call: UserCall, roomId: string, token: string | null): Promise<number | undefined> {
  if (token === null || token === '') return undefined;
  const position = /^p(\d{1,15})$/.exec(token)?.[1];
  if (position !== undefined) return Number(position);
  if (!token.startsWith('s')) throw invalidParam('This is not a token of ours.');
  const { stream, owed } = splitToken(token);
  // Of a room that the answer left out, the client is where it was before.
  const left = owed.find((room) => room.roomId === roomId);
  return (
    (left ? left.after : await call.env.actors.users(call.by.group).stream.roomPosition(call.by, stream, roomId)) ?? 0
  );
}
