// Reports of what is inappropriate. https://spec.matrix.org/v1.19/client-server-api/#reporting-content
import * as v from 'valibot';
import { emptyAnswer } from '../answers.ts';
import type { NewReport } from '../../ports/contracts/reports.ts';
import { invalidParam } from '../../spec/errors.ts';
import { isRoomId } from '../../spec/identifiers/room-id.ts';
import { isUserId } from '../../spec/identifiers/user-id.ts';
import { EMPTY_REPLY, type Endpoint, type Reply, type UserCall } from '../endpoint.ts';
import { optionalText, text } from '../shapes.ts';

const SPEC = 'https://spec.matrix.org/v1.19/client-server-api/';
const REASON_CHARACTERS = 4000;

export const reportEvent: Endpoint = {
  operationId: 'reportEvent',
  method: 'POST',
  path: '/_matrix/client/v3/rooms/{roomId}/report/{eventId}',
  auth: 'user',
  rateLimit: 'message',
  spec: `${SPEC}#post_matrixclientv3roomsroomidreporteventid`,
  answer: emptyAnswer,
  body: v.looseObject({ reason: optionalText }),
  async handle(call) {
    const [roomId, eventId] = [call.param('roomId'), call.param('eventId')];
    const { sender } = await call.env.actors.room(roomId).reading.reportable(call.by, eventId);
    return report(call, { kind: 'event', roomId, eventId, userId: sender });
  },
};

/** "Homeservers that wish to conceal this information MAY return 200 responses regardless of the existence." */
export const reportRoom: Endpoint = {
  operationId: 'reportRoom',
  method: 'POST',
  path: '/_matrix/client/v3/rooms/{roomId}/report',
  auth: 'user',
  rateLimit: 'message',
  spec: `${SPEC}#post_matrixclientv3roomsroomidreport`,
  answer: emptyAnswer,
  body: v.looseObject({ reason: text }),
  async handle(call) {
    const roomId = call.param('roomId');
    if (!isRoomId(roomId)) throw invalidParam('This is not a room id.');
    return report(call, { kind: 'room', roomId });
  },
};

export const reportUser: Endpoint = {
  operationId: 'reportUser',
  method: 'POST',
  path: '/_matrix/client/v3/users/{userId}/report',
  auth: 'user',
  rateLimit: 'message',
  spec: `${SPEC}#post_matrixclientv3usersuseridreport`,
  answer: emptyAnswer,
  body: v.looseObject({ reason: text }),
  async handle(call) {
    const userId = call.param('userId');
    if (!isUserId(userId)) throw invalidParam('This is not a user id.');
    return report(call, { kind: 'user', userId });
  },
};

async function report(call: UserCall, what: Omit<NewReport, 'reporter' | 'reason'>): Promise<Reply> {
  const { reason } = call.body;
  const words = typeof reason === 'string' ? reason : '';
  if (words.length > REASON_CHARACTERS) throw invalidParam('The reason is too long.');
  await call.env.actors.home().report({ ...what, reporter: call.by.userId, reason: words });
  return EMPTY_REPLY;
}
