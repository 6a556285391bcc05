// https://spec.matrix.org/v1.19/client-server-api/#mutual-rooms
import * as v from 'valibot';
import { invalidParam } from '../../spec/errors.ts';
import { isRoomId } from '../../spec/identifiers/room-id.ts';
import { isCompliantUserId } from '../../spec/identifiers/user-id.ts';
import type { Endpoint } from '../endpoint.ts';

const PAGE = 100;

export const getMutualRooms: Endpoint = {
  operationId: 'getMutualRooms',
  method: 'GET',
  path: '/_matrix/client/v1/mutual_rooms',
  auth: 'user',
  rateLimit: 'search',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1mutual_rooms',
  answer: v.strictObject({
    joined: v.array(v.string()),
    count: v.number(),
    next_batch: v.optional(v.string()),
  }),
  async handle({ env, by, query }) {
    const other = query.get('user_id') ?? '';
    if (!isCompliantUserId(other) || other === by.userId) throw invalidParam('user_id must be the id of another user.');
    const last = lastOf(query.get('from'));
    const all = await env.actors.users(by.group).stream.mutualRooms(by, other);
    const rest = last === undefined ? all : all.filter((roomId) => roomId > last);
    const joined = rest.slice(0, PAGE);
    const more = rest.length > PAGE ? { next_batch: Buffer.from(joined.at(-1)!).toString('base64url') } : {};
    return { json: { joined, count: all.length, ...more } };
  },
};

/** A token is the last room that was told: rooms come in the order of their ids. */
function lastOf(token: string | null): string | undefined {
  if (token === null || token === '') return undefined;
  const roomId = Buffer.from(token, 'base64url').toString();
  if (!isRoomId(roomId)) throw invalidParam('This is not a token of ours.');
  return roomId;
}
