// https://spec.matrix.org/v1.19/server-server-api/#knocking-upon-a-room-knocking-rooms
import * as v from 'valibot';
import { anyAnswer } from '../answers.ts';
import type { Endpoint } from '../endpoint.ts';
import { listOf } from './event-lists.ts';
import { accept, submittedEvent, template, templateAnswer } from './handshake.ts';

export const makeKnock: Endpoint = {
  operationId: 'makeKnock',
  method: 'GET',
  path: '/_matrix/federation/v1/make_knock/{roomId}/{userId}',
  auth: 'server',
  rateLimit: 'federation',
  spec: 'https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1make_knockroomiduserid',
  answer: templateAnswer,
  async handle(call) {
    return template(call, 'knock');
  },
};

export const sendKnock: Endpoint = {
  operationId: 'sendKnock',
  method: 'PUT',
  path: '/_matrix/federation/v1/send_knock/{roomId}/{eventId}',
  auth: 'server',
  rateLimit: 'federation',
  spec: 'https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv1send_knockroomideventid',
  body: submittedEvent,
  answer: v.strictObject({ knock_room_state: v.array(anyAnswer) }),
  async handle(call) {
    const { introduction } = await accept(call, 'knock');
    return { text: `{"knock_room_state":${listOf(introduction)}}` };
  },
};
