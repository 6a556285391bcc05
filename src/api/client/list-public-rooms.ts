// The published rooms. https://spec.matrix.org/v1.19/client-server-api/#published-room-directory
import * as v from 'valibot';
import { anyAnswer, emptyAnswer } from '../answers.ts';
import type { DirectoryRequest } from '../../ports/contracts/home-directory.ts';
import { invalidParam, notFound } from '../../spec/errors.ts';
import { isRoomId } from '../../spec/identifiers/room-id.ts';
import type { JsonObject } from '../../spec/json.ts';
import { type Call, EMPTY_REPLY, type Endpoint, type Reply } from '../endpoint.ts';
import { wholeNumberOf } from '../query.ts';
import { objectWith, optionalText } from '../shapes.ts';

const LIMIT_DEFAULT = 100;
const LIMIT_MAX = 500;
const TYPES_MAX = 50;
const TERM_CHARACTERS = 1000;

const LIST = '/_matrix/client/v3/directory/list/room/{roomId}';
const ROOMS = '/_matrix/client/v3/publicRooms';

const page = v.strictObject({
  chunk: v.array(anyAnswer),
  next_batch: v.optional(v.string()),
  prev_batch: v.optional(v.string()),
  total_room_count_estimate: v.number(),
});

export const getRoomVisibilityOnDirectory: Endpoint = {
  operationId: 'getRoomVisibilityOnDirectory',
  method: 'GET',
  path: LIST,
  auth: 'none',
  rateLimit: 'read',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3directorylistroomroomid',
  answer: v.strictObject({ visibility: v.picklist(['public', 'private']) }),
  async handle(call) {
    const published = await call.env.actors.room(knownForm(call)).lifecycle.published();
    return { json: { visibility: published ? 'public' : 'private' } };
  },
};

export const setRoomVisibilityOnDirectory: Endpoint = {
  operationId: 'setRoomVisibilityOnDirectory',
  method: 'PUT',
  path: LIST,
  auth: 'user',
  rateLimit: 'creation',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3directorylistroomroomid',
  answer: emptyAnswer,
  body: v.looseObject({ visibility: v.optional(v.picklist(['public', 'private'])) }),
  emptyBody: true,
  async handle(call) {
    await call.env.actors.room(knownForm(call)).lifecycle.publish(call.by, call.body['visibility'] !== 'private');
    return EMPTY_REPLY;
  },
};

export const getPublicRooms: Endpoint = {
  operationId: 'getPublicRooms',
  method: 'GET',
  path: ROOMS,
  auth: 'none',
  rateLimit: 'search',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3publicrooms',
  answer: page,
  async handle(call) {
    return list(call, {
      limit: limitOf(wholeNumberOf(call.query, 'limit')),
      since: call.query.get('since') ?? undefined,
      searchTerm: undefined,
      roomTypes: undefined,
    });
  },
};

const query = v.looseObject({
  limit: v.optional(v.number()),
  since: optionalText,
  filter: v.optional(
    objectWith({
      generic_search_term: v.optional(v.nullable(v.pipe(v.string(), v.maxLength(TERM_CHARACTERS)))),
      room_types: v.optional(v.nullable(v.pipe(v.array(v.nullable(v.string())), v.maxLength(TYPES_MAX)))),
    }),
  ),
  include_all_networks: v.optional(v.boolean()),
  third_party_instance_id: optionalText,
});

export const queryPublicRooms: Endpoint = {
  operationId: 'queryPublicRooms',
  method: 'POST',
  path: ROOMS,
  auth: 'user',
  rateLimit: 'search',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3publicrooms',
  answer: page,
  body: query,
  emptyBody: true,
  async handle(call) {
    const body = call.body as v.InferOutput<typeof query>;
    if (body.third_party_instance_id !== undefined) {
      if (body.include_all_networks === true)
        throw invalidParam('third_party_instance_id and include_all_networks exclude each other.');
      throw notFound('There is no such network here.');
    }
    return list(call, {
      limit: limitOf(body.limit),
      since: body.since,
      searchTerm: body.filter?.generic_search_term ?? undefined,
      roomTypes: body.filter?.room_types ?? undefined,
    });
  },
};

async function list(call: Call, request: DirectoryRequest): Promise<Reply> {
  const server = call.query.get('server');
  if (server !== null && server !== call.env.settings.serverName)
    throw notFound('The directories of other servers are not asked yet.');
  const { chunk, nextBatch, prevBatch, total } = await call.env.actors.home().directory.page(request);
  const json: JsonObject = {
    chunk,
    total_room_count_estimate: total,
    ...(nextBatch === undefined ? {} : { next_batch: nextBatch }),
    ...(prevBatch === undefined ? {} : { prev_batch: prevBatch }),
  };
  return { json };
}

function limitOf(asked: number | undefined): number {
  if (asked === undefined) return LIMIT_DEFAULT;
  if (!Number.isSafeInteger(asked) || asked < 0) throw invalidParam('limit is a whole number.');
  // None at all is what clients write who want no limit.
  return asked === 0 ? LIMIT_DEFAULT : Math.min(asked, LIMIT_MAX);
}

/** What is no room id names no room. */
function knownForm(call: Call): string {
  const roomId = call.param('roomId');
  if (!isRoomId(roomId)) throw notFound('There is no such room here.');
  return roomId;
}
