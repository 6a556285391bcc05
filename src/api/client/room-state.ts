// Reading and setting a room's state. https://spec.matrix.org/v1.19/client-server-api/#getting-events-for-a-room
import * as v from 'valibot';
import { anyAnswer, clientEvent, eventIdAnswer } from '../answers.ts';
import { changeElsewhere } from '../../federation/elsewhere.ts';
import type { MembershipChange } from '../../ports/contracts/room.ts';
import { isUserId, serverOf } from '../../spec/identifiers/user-id.ts';
import { isObject, type JsonObject, member } from '../../spec/json.ts';
import type { Endpoint } from '../endpoint.ts';
import { nothing } from '../shapes.ts';

const STATE = '/_matrix/client/v3/rooms/{roomId}/state';

export const getRoomState: Endpoint = {
  operationId: 'getRoomState',
  method: 'GET',
  path: STATE,
  auth: 'user',
  guests: true,
  rateLimit: 'read',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomidstate',
  answer: v.array(clientEvent),
  async handle(call) {
    return { json: await call.env.actors.room(call.param('roomId')).reading.state(call.by) };
  },
};

export const getRoomStateWithKey: Endpoint = {
  operationId: 'getRoomStateWithKey',
  method: 'GET',
  path: `${STATE}/{eventType}/{stateKey}`,
  alsoPaths: [`${STATE}/{eventType}`],
  auth: 'user',
  guests: true,
  rateLimit: 'read',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomidstateeventtypestatekey',
  answer: anyAnswer,
  async handle(call) {
    const event = await call.env.actors
      .room(call.param('roomId'))
      .reading.stateEvent(call.by, call.param('eventType'), call.param('stateKey'));
    if (call.query.get('format') === 'event') return { json: event };
    const { content } = event;
    return { json: isObject(content) ? content : {} };
  },
};

export const setRoomStateWithKey: Endpoint = {
  operationId: 'setRoomStateWithKey',
  method: 'PUT',
  path: `${STATE}/{eventType}/{stateKey}`,
  alsoPaths: [`${STATE}/{eventType}`],
  auth: 'user',
  guests: true,
  rateLimit: 'message',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3roomsroomidstateeventtypestatekey',
  answer: eventIdAnswer,
  body: nothing,
  integersOnly: true,
  async handle(call) {
    const event = { type: call.param('eventType'), stateKey: call.param('stateKey'), content: call.body };
    const roomId = call.param('roomId');
    const invite = inviteIn(event, call.env.settings.serverName);
    if (invite !== undefined) {
      await changeElsewhere(call.federation, call.by, roomId, invite, []);
      const made = await call.env.actors.room(roomId).reading.stateEvent(call.by, event.type, event.stateKey);
      return { json: { event_id: String(made['event_id']) } };
    }
    const { eventId } = await call.env.actors.room(roomId).writing.send(call.by, event, undefined);
    return { json: { event_id: eventId } };
  },
};

/** A member event that invites a user elsewhere, whose server has to sign it. */
function inviteIn(
  event: { readonly type: string; readonly stateKey: string; readonly content: JsonObject },
  ourName: string,
): MembershipChange | undefined {
  const { type, stateKey: target, content } = event;
  if (type !== 'm.room.member' || member(content, 'membership') !== 'invite') return undefined;
  if (!isUserId(target) || serverOf(target) === ourName) return undefined;
  return { target, membership: 'invite', operation: 'invite', content };
}
