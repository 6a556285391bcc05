// Forgetting a room that one has left. https://spec.matrix.org/v1.19/client-server-api/#leaving-rooms
import { emptyAnswer } from '../answers.ts';
import { EMPTY_REPLY, type Endpoint } from '../endpoint.ts';
import { nothing } from '../shapes.ts';

export const forgetRoom: Endpoint = {
  operationId: 'forgetRoom',
  method: 'POST',
  path: '/_matrix/client/v3/rooms/{roomId}/forget',
  auth: 'user',
  rateLimit: 'membership',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3roomsroomidforget',
  answer: emptyAnswer,
  body: nothing,
  emptyBody: true,
  async handle(call) {
    const { env, by } = call;
    const roomId = call.param('roomId');
    await env.actors.room(roomId).lifecycle.forget(by);
    await env.actors.users(by.group).stream.forget(by, roomId);
    return EMPTY_REPLY;
  },
};
