// Rooms that were left out of an answer because they were silent, and what the client is owed of each: carried by the token, so
// that one room delays nobody.
import { MatrixError } from '../spec/errors.ts';
import { isRoomId } from '../spec/identifiers/room-id.ts';
import { isObject, type Json, member } from '../spec/json.ts';
import { JsonError, readJson } from '../spec/strict-json.ts';

export interface OwedRoom {
  readonly roomId: string;
  /** The epoch of the room's log that the positions are of. */
  readonly epoch: number;
  /** The room position that the client has; undefined if it has nothing of the room. */
  readonly after: number | undefined;
  /** The receipts that the client has. */
  readonly receiptsAfter?: number | 'all' | undefined;
  /** Where a room ended for a user who has left it: Users tells of a leave only once. */
  readonly leftAt?: number | undefined;
}

export interface SplitToken {
  /** The part that the Users object made and reads. */
  readonly stream: string;
  readonly owed: readonly OwedRoom[];
}

/** As many as a token has room for: it stands in the path of a request. */
export const OWED_MAX = 100;

export function joinToken(stream: string, owed: readonly OwedRoom[]): string {
  if (owed.length === 0) return stream;
  const list = owed.map(({ roomId, epoch, after, receiptsAfter, leftAt }) => ({
    r: roomId,
    n: epoch,
    a: after,
    e: receiptsAfter,
    l: leftAt,
  }));
  return `${stream}~${Buffer.from(JSON.stringify(list)).toString('base64url')}`;
}

/** Throws 400 M_UNKNOWN for what is no token of ours. */
export function splitToken(token: string): SplitToken {
  const mark = token.indexOf('~');
  if (mark < 0) return { stream: token, owed: [] };
  return { stream: token.slice(0, mark), owed: readOwed(token.slice(mark + 1)) };
}

function readOwed(text: string): OwedRoom[] {
  try {
    const { value } = readJson(Buffer.from(text, 'base64url'));
    if (Array.isArray(value) && value.length <= OWED_MAX) {
      return value.map((one) => {
        const [roomId, receipts] = isObject(one) ? [member(one, 'r'), member(one, 'e')] : [];
        if (!isObject(one) || typeof roomId !== 'string' || !isRoomId(roomId)) throw new JsonError('syntax');
        return {
          roomId,
          epoch: position(member(one, 'n')) ?? 0,
          after: position(member(one, 'a')),
          receiptsAfter: receipts === 'all' ? receipts : position(receipts),
          leftAt: position(member(one, 'l')),
        };
      });
    }
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
  }
  throw new MatrixError(400, 'M_UNKNOWN', 'This is not a token of a /sync of yours.');
}

function position(value: Json | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw new JsonError('syntax');
  return value;
}
