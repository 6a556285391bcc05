// https://spec.matrix.org/v1.19/server-server-api/#retrieving-event-authorisation-information
import * as v from 'valibot';
import { anyAnswer } from '../answers.ts';
import type { Endpoint } from '../endpoint.ts';
import { eventLists, roomOfPath } from './event-lists.ts';

export const getEventAuth: Endpoint = {
  operationId: 'getEventAuth',
  method: 'GET',
  path: '/_matrix/federation/v1/event_auth/{roomId}/{eventId}',
  auth: 'server',
  rateLimit: 'federation',
  spec: 'https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1event_authroomideventid',
  answer: v.strictObject({ auth_chain: v.array(anyAnswer) }),
  async handle(call) {
    const room = roomOfPath(call);
    const ids = await room.serving.authChainIds(call.origin, call.param('eventId'));
    const [chain] = await eventLists(call, room, ids);
    return { text: `{"auth_chain":${chain}}` };
  },
};
