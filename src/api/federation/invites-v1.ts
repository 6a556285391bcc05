// https://spec.matrix.org/v1.19/server-server-api/#inviting-to-a-room
import * as v from 'valibot';
import { lenientCanonicalJson } from '../../spec/canonical-json.ts';
import { isObject, member } from '../../spec/json.ts';
import { anyAnswer } from '../answers.ts';
import { LONG_BODY_BYTES } from '../body.ts';
import type { Endpoint } from '../endpoint.ts';
import { submittedEvent } from './handshake.ts';
import { receiveInvite } from './invite.ts';

/** "Servers which receive a v1 invite request must assume that the room version is either "1" or "2"": their events are alike. */
const ROOM_VERSION = '1';

export const sendInviteV1: Endpoint = {
  operationId: 'sendInviteV1',
  method: 'PUT',
  path: '/_matrix/federation/v1/invite/{roomId}/{eventId}',
  auth: 'server',
  rateLimit: 'federation',
  spec: 'https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv1inviteroomideventid',
  maxBodyBytes: LONG_BODY_BYTES,
  body: submittedEvent,
  answer: v.strictTuple([v.literal(200), v.strictObject({ event: anyAnswer })]),
  async handle(call) {
    const unsigned = member(call.body, 'unsigned');
    const state = isObject(unsigned) ? member(unsigned, 'invite_room_state') : undefined;
    const introduction = Array.isArray(state) ? state.filter(isObject).map(lenientCanonicalJson) : [];
    return { text: `[200,{"event":${await receiveInvite(call, ROOM_VERSION, call.body, introduction)}}]` };
  },
};
