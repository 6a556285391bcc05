// Joining, inviting, leaving, kicking, banning, knocking. https://spec.matrix.org/v1.19/client-server-api/#room-membership
import * as v from 'valibot';
import { emptyAnswer, roomIdAnswer } from '../answers.ts';
import type { MembershipChange } from '../../ports/contracts/room.ts';
import { changeElsewhere } from '../../federation/elsewhere.ts';
import { invalidParam, MatrixError, missingParam } from '../../spec/errors.ts';
import { isRoomId } from '../../spec/identifiers/room-id.ts';
import { isUserId } from '../../spec/identifiers/user-id.ts';
import { EMPTY_REPLY, type Endpoint, type Reply, type UserCall } from '../endpoint.ts';
import type { RateLimitClass } from '../../spec/rate-limits/classes.ts';
import { roomOf } from '../room-of.ts';
import { optionalObject, optionalText, reason } from '../shapes.ts';

const ROOM = '/_matrix/client/v3/rooms/{roomId}';
const SPEC = 'https://spec.matrix.org/v1.19/client-server-api/';

/** An invite may name an address instead of a user. */
const otherAndReason = v.looseObject({ user_id: optionalText, reason: optionalText });

type Kind = Pick<MembershipChange, 'membership' | 'operation'> & { readonly rateLimit: RateLimitClass };

/** An operation on oneself, open to guests too. */
function own(
  operationId: string,
  name: string,
  kind: Kind,
  answer: v.GenericSchema,
  reply: (roomId: string) => Reply,
): Endpoint {
  return {
    operationId,
    method: 'POST',
    path: `${ROOM}/${name}`,
    auth: 'user',
    guests: true,
    rateLimit: kind.rateLimit,
    spec: `${SPEC}#post_matrixclientv3roomsroomid${name}`,
    answer,
    body: v.looseObject({ reason: optionalText, third_party_signed: optionalObject }),
    emptyBody: true,
    async handle(call) {
      const roomId = call.param('roomId');
      await change(call, roomId, call.by.userId, kind);
      return reply(roomId);
    },
  };
}

/** An operation on another user. */
function onOther(operationId: string, name: string, kind: Kind): Endpoint {
  return {
    operationId,
    method: 'POST',
    path: `${ROOM}/${name}`,
    auth: 'user',
    rateLimit: kind.rateLimit,
    spec: `${SPEC}#post_matrixclientv3roomsroomid${name}`,
    answer: emptyAnswer,
    body: otherAndReason,
    async handle(call) {
      const target = call.body['user_id'];
      if (target === undefined && kind.operation === 'invite' && call.body['address'] !== undefined)
        throw new MatrixError(
          403,
          'M_THREEPID_DENIED',
          'This server asks no identity server whom an address belongs to.',
        );
      if (typeof target !== 'string') throw missingParam('user_id is missing.');
      if (!isUserId(target)) throw invalidParam('user_id is no user id.');
      await change(call, call.param('roomId'), target, kind);
      return EMPTY_REPLY;
    },
  };
}

/** By room id or alias. */
function byIdOrAlias(operationId: string, name: string, kind: Kind): Endpoint {
  return {
    operationId,
    method: 'POST',
    path: `/_matrix/client/v3/${name}/{roomIdOrAlias}`,
    auth: 'user',
    rateLimit: kind.rateLimit,
    spec: `${SPEC}#post_matrixclientv3${name}roomidoralias`,
    answer: roomIdAnswer,
    body: reason,
    emptyBody: true,
    async handle(call) {
      const { roomId, servers } = await roomOf(call, call.param('roomIdOrAlias'));
      const named = [...call.query.getAll('via'), ...call.query.getAll('server_name'), ...servers];
      await change(call, roomId, call.by.userId, kind, named);
      return { json: { room_id: roomId } };
    },
  };
}

async function change(
  call: UserCall,
  roomId: string,
  target: string,
  { membership, operation }: Kind,
  named: readonly string[] = [],
): Promise<void> {
  if (!isRoomId(roomId)) throw invalidParam('This is not a room id.');
  if (call.body['third_party_signed'] !== undefined)
    throw new MatrixError(400, 'M_UNKNOWN', 'Third-party invites are not known here.');
  const { reason: why, third_party_signed: _, ...more } = call.body;
  const wanted = {
    target,
    membership,
    operation,
    ...(typeof why === 'string' ? { reason: why } : {}),
    // Who joins may say more in the event, as when sending it as state.
    ...(operation === 'join' && Object.keys(more).length > 0 ? { content: more } : {}),
  };
  if (await changeElsewhere(call.federation, call.by, roomId, wanted, named)) return;
  await call.env.actors.room(roomId).writing.changeMembership(call.by, wanted);
}

const roomIdReply = (roomId: string): Reply => ({ json: { room_id: roomId } });

export const memberships: readonly Endpoint[] = [
  own('joinRoomById', 'join', { membership: 'join', operation: 'join', rateLimit: 'join' }, roomIdAnswer, roomIdReply),
  byIdOrAlias('joinRoom', 'join', { membership: 'join', operation: 'join', rateLimit: 'join' }),
  byIdOrAlias('knockRoom', 'knock', { membership: 'knock', operation: 'knock', rateLimit: 'join' }),
  own(
    'leaveRoom',
    'leave',
    { membership: 'leave', operation: 'leave', rateLimit: 'membership' },
    emptyAnswer,
    () => EMPTY_REPLY,
  ),
  onOther('inviteUser', 'invite', { membership: 'invite', operation: 'invite', rateLimit: 'invite' }),
  onOther('kick', 'kick', { membership: 'leave', operation: 'kick', rateLimit: 'membership' }),
  onOther('ban', 'ban', { membership: 'ban', operation: 'ban', rateLimit: 'membership' }),
  onOther('unban', 'unban', { membership: 'leave', operation: 'unban', rateLimit: 'membership' }),
];
