// https://spec.matrix.org/v1.19/server-server-api/#leaving-rooms-rejecting-invites
import { emptyAnswer } from '../answers.ts';
import { EMPTY_REPLY, type Endpoint } from '../endpoint.ts';
import { accept, submittedEvent } from './handshake.ts';

export const sendLeave: Endpoint = {
  operationId: 'sendLeaveV2',
  method: 'PUT',
  path: '/_matrix/federation/v2/send_leave/{roomId}/{eventId}',
  auth: 'server',
  rateLimit: 'federation',
  spec: 'https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv2send_leaveroomideventid',
  body: submittedEvent,
  answer: emptyAnswer,
  async handle(call) {
    await accept(call, 'leave');
    return EMPTY_REPLY;
  },
};
