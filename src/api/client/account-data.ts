// https://spec.matrix.org/v1.19/client-server-api/#client-config
import { anyAnswer, emptyAnswer } from '../answers.ts';
import { invalidParam } from '../../spec/errors.ts';
import { isRoomId } from '../../spec/identifiers/room-id.ts';
import { EMPTY_REPLY, type Endpoint, type UserCall } from '../endpoint.ts';
import { demandOwnPath } from '../own-path.ts';
import { nothing } from '../shapes.ts';

const GLOBAL = '/_matrix/client/v3/user/{userId}/account_data/{type}';
const IN_ROOM = '/_matrix/client/v3/user/{userId}/rooms/{roomId}/account_data/{type}';

export const getAccountData: Endpoint = {
  operationId: 'getAccountData',
  method: 'GET',
  path: GLOBAL,
  auth: 'user',
  rateLimit: 'read',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3useruseridaccount_datatype',
  answer: anyAnswer,
  async handle(call) {
    demandOwnPath(call);
    return {
      json: await call.env.actors.users(call.by.group).data.accountData(call.by, undefined, call.param('type')),
    };
  },
};

export const setAccountData: Endpoint = {
  operationId: 'setAccountData',
  method: 'PUT',
  path: GLOBAL,
  auth: 'user',
  rateLimit: 'settings',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3useruseridaccount_datatype',
  answer: emptyAnswer,
  body: nothing,
  async handle(call) {
    demandOwnPath(call);
    await call.env.actors.users(call.by.group).data.setAccountData(call.by, undefined, call.param('type'), call.body);
    return EMPTY_REPLY;
  },
};

export const getAccountDataPerRoom: Endpoint = {
  operationId: 'getAccountDataPerRoom',
  method: 'GET',
  path: IN_ROOM,
  auth: 'user',
  rateLimit: 'read',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3useruseridroomsroomidaccount_datatype',
  answer: anyAnswer,
  async handle(call) {
    const roomId = ownRoom(call);
    return { json: await call.env.actors.users(call.by.group).data.accountData(call.by, roomId, call.param('type')) };
  },
};

export const setAccountDataPerRoom: Endpoint = {
  operationId: 'setAccountDataPerRoom',
  method: 'PUT',
  path: IN_ROOM,
  auth: 'user',
  rateLimit: 'settings',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3useruseridroomsroomidaccount_datatype',
  answer: emptyAnswer,
  body: nothing,
  async handle(call) {
    const roomId = ownRoom(call);
    await call.env.actors.users(call.by.group).data.setAccountData(call.by, roomId, call.param('type'), call.body);
    return EMPTY_REPLY;
  },
};

function ownRoom(call: UserCall): string {
  demandOwnPath(call);
  const roomId = call.param('roomId');
  if (!isRoomId(roomId)) throw invalidParam('This is not a room id.');
  return roomId;
}
