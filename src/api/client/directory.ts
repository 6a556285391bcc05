// Room aliases. https://spec.matrix.org/v1.19/client-server-api/#room-aliases
import * as v from 'valibot';
import { emptyAnswer } from '../answers.ts';
import { askForAlias } from '../../federation/directory.ts';
import { forbidden, invalidParam, notFound } from '../../spec/errors.ts';
import { isRoomAlias } from '../../spec/identifiers/room-alias.ts';
import { isRoomId } from '../../spec/identifiers/room-id.ts';
import { serverOf } from '../../spec/identifiers/user-id.ts';
import { type Call, EMPTY_REPLY, type Endpoint } from '../endpoint.ts';
import { roomOfAlias } from '../room-of.ts';
import { text } from '../shapes.ts';

const PATH = '/_matrix/client/v3/directory/room/{roomAlias}';

export const getRoomIdByAlias: Endpoint = {
  operationId: 'getRoomIdByAlias',
  method: 'GET',
  path: PATH,
  auth: 'none',
  rateLimit: 'read',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3directoryroomroomalias',
  answer: v.strictObject({ room_id: v.string(), servers: v.array(v.string()) }),
  async handle(call) {
    const alias = call.param('roomAlias');
    if (isRoomAlias(alias) && serverOf(alias) !== call.env.settings.serverName) {
      const { roomId, servers } = await askForAlias(call.federation, alias);
      return { json: { room_id: roomId, servers } };
    }
    const roomId = await roomOfAlias(call, alias);
    const { servers } = await call.env.actors.room(roomId).lifecycle.servers();
    return { json: { room_id: roomId, servers } };
  },
};

export const setRoomAlias: Endpoint = {
  operationId: 'setRoomAlias',
  method: 'PUT',
  path: PATH,
  auth: 'user',
  rateLimit: 'creation',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3directoryroomroomalias',
  answer: emptyAnswer,
  body: v.looseObject({ room_id: text }),
  async handle(call) {
    const { env, by } = call;
    const alias = ownAlias(call);
    const roomId = call.body['room_id'] as string;
    if (!isRoomId(roomId)) throw invalidParam('room_id is no room id.');
    await env.actors.room(roomId).lifecycle.checkJoined(by);
    await env.actors.home().aliases.set(by, alias, roomId, by.admin);
    return EMPTY_REPLY;
  },
};

export const deleteRoomAlias: Endpoint = {
  operationId: 'deleteRoomAlias',
  method: 'DELETE',
  path: PATH,
  auth: 'user',
  rateLimit: 'creation',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#delete_matrixclientv3directoryroomroomalias',
  answer: emptyAnswer,
  async handle(call) {
    const { env, by } = call;
    const alias = ownAlias(call);
    const { aliases } = env.actors.home();
    const owner = await aliases.get(alias);
    if (owner === undefined) throw notFound('There is no such room alias.');
    const { lifecycle } = env.actors.room(owner.roomId);
    const may = owner.creator === by.userId || by.admin || (await lifecycle.mayName(by));
    if (!may) throw forbidden('The alias belongs to somebody else.');
    await aliases.remove(by, alias, owner.roomId);
    return EMPTY_REPLY;
  },
};

export const getLocalAliases: Endpoint = {
  operationId: 'getLocalAliases',
  method: 'GET',
  path: '/_matrix/client/v3/rooms/{roomId}/aliases',
  auth: 'user',
  rateLimit: 'read',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomidaliases',
  answer: v.strictObject({ aliases: v.array(v.string()) }),
  async handle(call) {
    const { env, by } = call;
    const roomId = call.param('roomId');
    await env.actors.room(roomId).lifecycle.checkReadable(by);
    return { json: { aliases: await env.actors.home().aliases.ofRoom(roomId) } };
  },
};

function ownAlias(call: Call): string {
  const alias = call.param('roomAlias');
  if (!isRoomAlias(alias)) throw invalidParam('This is not a room alias.');
  if (serverOf(alias) !== call.env.settings.serverName) throw invalidParam('The alias belongs to another server.');
  return alias;
}
