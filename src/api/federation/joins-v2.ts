// https://spec.matrix.org/v1.19/server-server-api/#joining-rooms
import * as v from 'valibot';
import { anyAnswer } from '../answers.ts';
import type { Endpoint } from '../endpoint.ts';
import { eventLists, roomOfPath } from './event-lists.ts';
import { accept, submittedEvent } from './handshake.ts';

/**
 * `omit_members` asks for what may be left out, and nothing is. The event is answered always, since we sign it where a restricted
 * join asks for that.
 */
export const sendJoin: Endpoint = {
  operationId: 'sendJoinV2',
  method: 'PUT',
  path: '/_matrix/federation/v2/send_join/{roomId}/{eventId}',
  auth: 'server',
  rateLimit: 'federation',
  spec: 'https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv2send_joinroomideventid',
  body: submittedEvent,
  answer: v.strictObject({ event: anyAnswer, state: v.array(anyAnswer), auth_chain: v.array(anyAnswer) }),
  async handle(call) {
    const { origin, param } = call;
    const { event } = await accept(call, 'join');
    const room = roomOfPath(call);
    const eventId = param('eventId');
    const { stateIds, authChainIds } = await room.serving.stateIds(origin, eventId);
    // "All events in the auth chain for the new join event, as well as those in the auth chains for any events returned."
    const chain = new Set([...authChainIds, ...(await room.serving.authChainIds(origin, eventId))]);
    const [state, authChain] = await eventLists(call, room, stateIds, [...chain]);
    return { text: `{"event":${event},"state":${state},"auth_chain":${authChain}}` };
  },
};
