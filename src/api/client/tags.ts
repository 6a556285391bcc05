// https://spec.matrix.org/v1.19/client-server-api/#room-tagging
import * as v from 'valibot';
import { anyAnswer, emptyAnswer } from '../answers.ts';
import { invalidParam, MatrixError } from '../../spec/errors.ts';
import { utf8Length } from '../../spec/canonical-json.ts';
import { isRoomId } from '../../spec/identifiers/room-id.ts';
import { isObject, type JsonObject, member } from '../../spec/json.ts';
import { EMPTY_REPLY, type Endpoint, type UserCall } from '../endpoint.ts';
import { demandOwnPath } from '../own-path.ts';

const TAGS = '/_matrix/client/v3/user/{userId}/rooms/{roomId}/tags';
const TAG_BYTES = 255;

export const getRoomTags: Endpoint = {
  operationId: 'getRoomTags',
  method: 'GET',
  path: TAGS,
  auth: 'user',
  rateLimit: 'read',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3useruseridroomsroomidtags',
  answer: v.strictObject({ tags: anyAnswer }),
  async handle(call) {
    const tags = member(await tagContent(call, ownRoom(call)), 'tags');
    return { json: { tags: isObject(tags) ? tags : {} } };
  },
};

export const setRoomTag: Endpoint = {
  operationId: 'setRoomTag',
  method: 'PUT',
  path: `${TAGS}/{tag}`,
  auth: 'user',
  rateLimit: 'settings',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3useruseridroomsroomidtagstag',
  answer: emptyAnswer,
  body: v.looseObject({ order: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1))) }),
  async handle(call) {
    const [roomId, tag] = [ownRoom(call), tagOf(call)];
    await call.env.actors.users(call.by.group).data.setTag(call.by, roomId, tag, call.body);
    return EMPTY_REPLY;
  },
};

export const deleteRoomTag: Endpoint = {
  operationId: 'deleteRoomTag',
  method: 'DELETE',
  path: `${TAGS}/{tag}`,
  auth: 'user',
  rateLimit: 'settings',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#delete_matrixclientv3useruseridroomsroomidtagstag',
  answer: emptyAnswer,
  async handle(call) {
    const [roomId, tag] = [ownRoom(call), tagOf(call)];
    await call.env.actors.users(call.by.group).data.setTag(call.by, roomId, tag, undefined);
    return EMPTY_REPLY;
  },
};

async function tagContent({ env, by }: UserCall, roomId: string): Promise<JsonObject> {
  return env.actors
    .users(by.group)
    .data.accountData(by, roomId, 'm.tag')
    .catch((error: unknown) => {
      // A room without tags has an empty list of them.
      if (error instanceof MatrixError && error.status === 404) return {};
      throw error;
    });
}

function ownRoom(call: UserCall): string {
  demandOwnPath(call);
  const roomId = call.param('roomId');
  if (!isRoomId(roomId)) throw invalidParam('This is not a room id.');
  return roomId;
}

function tagOf({ param }: UserCall): string {
  const tag = param('tag');
  if (utf8Length(tag) > TAG_BYTES) throw invalidParam(`The name of a tag has at most ${TAG_BYTES} bytes.`);
  return tag;
}
