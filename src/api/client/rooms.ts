// Reading a room's events and members. https://spec.matrix.org/v1.19/client-server-api/#getting-events-for-a-room
import * as v from 'valibot';
import { clientEvent } from '../answers.ts';
import { invalidParam } from '../../spec/errors.ts';
import type { Endpoint } from '../endpoint.ts';
import { positionOf } from '../room-token.ts';

const MEMBERSHIPS: ReadonlySet<string> = new Set(['join', 'invite', 'knock', 'leave', 'ban']);
const ROOM = '/_matrix/client/v3/rooms/{roomId}';

export const getOneRoomEvent: Endpoint = {
  operationId: 'getOneRoomEvent',
  method: 'GET',
  path: `${ROOM}/event/{eventId}`,
  auth: 'user',
  guests: true,
  rateLimit: 'read',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomideventeventid',
  answer: clientEvent,
  async handle(call) {
    const { env, by } = call;
    const ignored = await env.actors.users(by.group).stream.ignoredUsers(by);
    return { json: await env.actors.room(call.param('roomId')).reading.event(by, call.param('eventId'), ignored) };
  },
};

export const getMembersByRoom: Endpoint = {
  operationId: 'getMembersByRoom',
  method: 'GET',
  path: `${ROOM}/members`,
  auth: 'user',
  guests: true,
  rateLimit: 'read',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomidmembers',
  answer: v.strictObject({ chunk: v.array(clientEvent) }),
  async handle(call) {
    const roomId = call.param('roomId');
    const [membership, notMembership] = [call.query.get('membership'), call.query.get('not_membership')];
    for (const asked of [membership, notMembership])
      if (asked !== null && !MEMBERSHIPS.has(asked)) throw invalidParam('There is no such membership.');
    const at = await positionOf(call, roomId, call.query.get('at'));
    const chunk = await call.env.actors.room(roomId).reading.members(call.by, {
      ...(membership === null ? {} : { membership }),
      ...(notMembership === null ? {} : { notMembership }),
      ...(at === undefined ? {} : { at }),
    });
    return { json: { chunk } };
  },
};

export const getJoinedMembersByRoom: Endpoint = {
  operationId: 'getJoinedMembersByRoom',
  method: 'GET',
  path: `${ROOM}/joined_members`,
  auth: 'user',
  rateLimit: 'read',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomidjoined_members',
  answer: v.strictObject({
    joined: v.record(
      v.string(),
      v.strictObject({ display_name: v.nullable(v.string()), avatar_url: v.nullable(v.string()) }),
    ),
  }),
  async handle(call) {
    const members = await call.env.actors.room(call.param('roomId')).reading.joinedMembers(call.by);
    const joined = members.map(
      ({ userId, displayName, avatarUrl }) =>
        [userId, { display_name: displayName ?? null, avatar_url: avatarUrl ?? null }] as const,
    );
    return { json: { joined: Object.fromEntries(joined) } };
  },
};
