// https://spec.matrix.org/v1.19/server-server-api/#inviting-to-a-room
import * as v from 'valibot';
import { listTexts } from '../../federation/list-texts.ts';
import { isObject, member } from '../../spec/json.ts';
import { anyAnswer } from '../answers.ts';
import { LONG_BODY_BYTES } from '../body.ts';
import type { Endpoint } from '../endpoint.ts';
import { anyObject, text } from '../shapes.ts';
import { receiveInvite } from './invite.ts';

export const sendInviteV2: Endpoint = {
  operationId: 'sendInviteV2',
  method: 'PUT',
  path: '/_matrix/federation/v2/invite/{roomId}/{eventId}',
  auth: 'server',
  rateLimit: 'federation',
  spec: 'https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv2inviteroomideventid',
  maxBodyBytes: LONG_BODY_BYTES,
  body: v.looseObject({
    room_version: text,
    event: anyObject,
    invite_room_state: v.optional(v.array(v.unknown())),
  }),
  answer: v.strictObject({ event: anyAnswer }),
  async handle(call) {
    const event = member(call.body, 'event');
    const version = String(member(call.body, 'room_version'));
    const introduction = listTexts(call.bodyText, 'invite_room_state');
    return { text: `{"event":${await receiveInvite(call, version, isObject(event) ? event : {}, introduction)}}` };
  },
};
