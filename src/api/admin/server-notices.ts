// Notices from the server to a user, sent by administrators. How notices are sent is left to servers; the operation is Synapse's,
// so that tools for it work. https://spec.matrix.org/v1.19/client-server-api/#server-notices
import * as v from 'valibot';
import type { FrontEnv } from '../../ports/front-env.ts';
import type { Requester } from '../../ports/contracts/requester.ts';
import type { RoomStep } from '../../ports/contracts/room.ts';
import { forbidden, invalidParam, MatrixError, missingParam, notFound } from '../../spec/errors.ts';
import { isUserId, serverOf } from '../../spec/identifiers/user-id.ts';
import { isObject, type JsonObject, member } from '../../spec/json.ts';
import { SERVER_NOTICES_LOCALPART, serverNoticesUser } from '../../spec/server-notices.ts';
import { eventIdAnswer } from '../answers.ts';
import type { Endpoint, Reply, UserCall } from '../endpoint.ts';
import { initialPowerLevels } from '../initial-power-levels.ts';
import { makeCheckedAccount } from '../new-account.ts';
import { optionalObject, optionalText } from '../shapes.ts';

const TAG = 'm.server_notice';

interface Wanted {
  readonly user_id?: string;
  readonly content?: JsonObject;
  readonly type?: string;
  readonly state_key?: string;
}

const shared = {
  auth: 'user',
  rateLimit: 'admin',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#server-notices',
  answer: eventIdAnswer,
  body: v.looseObject({
    user_id: optionalText,
    content: optionalObject,
    type: optionalText,
    state_key: optionalText,
  }),
  // Who is no administrator is told so whatever they send.
  emptyBody: true,
  integersOnly: true,
} as const;

/** Throws 403 M_FORBIDDEN for everybody but administrators, 404 M_NOT_FOUND for no such user. */
export const serverNotices: readonly Endpoint[] = [
  {
    ...shared,
    operationId: 'sendServerNotice',
    method: 'POST',
    path: '/_synapse/admin/v1/send_server_notice',
    handle: async (call: UserCall) => send(call, undefined),
  },
  {
    ...shared,
    operationId: 'sendServerNoticeOnce',
    method: 'PUT',
    path: '/_synapse/admin/v1/send_server_notice/{txnId}',
    handle: async (call: UserCall) => send(call, call.param('txnId')),
  },
];

async function send(call: UserCall, transactionId: string | undefined): Promise<Reply> {
  const { env, by } = call;
  if (!by.admin) throw forbidden('Only administrators of this server may do that.');
  const { user_id: userId, content, type = 'm.room.message', state_key: stateKey } = call.body as Wanted;
  if (userId === undefined || content === undefined) throw missingParam('user_id and content are needed.');
  if (type === 'm.room.member') throw invalidParam('Who is in the room is not for notices to say.');
  const reader = await readerOf(env, userId);
  const server = await serverUser(env);
  const roomId = await openRoom(env, server, reader);
  const { eventId } = await env.actors.room(roomId).writing.send(
    // The transaction ids of administrators are their own, though the server sends for all of them.
    { ...server, deviceId: by.userId },
    { type, content, ...(stateKey === undefined ? {} : { stateKey }) },
    transactionId === undefined ? undefined : { scope: `notice ${type}`, id: transactionId },
  );
  return { json: { event_id: eventId } };
}

async function readerOf(env: FrontEnv, userId: string): Promise<Requester> {
  if (!isUserId(userId) || serverOf(userId) !== env.settings.serverName)
    throw invalidParam('The user does not belong to this server.');
  if (userId === serverNoticesUser(env.settings.serverName))
    throw invalidParam('The server has nothing to tell itself.');
  const group = await env.actors.home().groupOf(userId);
  const standing = group === undefined ? undefined : await env.actors.users(group).accounts.standing(userId);
  if (group === undefined || !standing || standing.deactivated) throw notFound('There is no such account.');
  return { userId, group, deviceId: undefined };
}

/** The server's own account, which nobody can log in to. Throws 409 M_USER_IN_USE if a person has had the name before. */
async function serverUser(env: FrontEnv): Promise<Requester> {
  const userId = serverNoticesUser(env.settings.serverName);
  const known = await env.actors.home().groupOf(userId);
  const group =
    known ??
    (await makeCheckedAccount(env, { localpart: SERVER_NOTICES_LOCALPART, passwordHash: undefined, admin: false }))
      .group;
  const account = await env.actors.users(group).accounts.passwordRecord(userId);
  if (account === undefined || account.passwordHash !== undefined || account.deactivated)
    throw new MatrixError(409, 'M_USER_IN_USE', `${userId} is a person's account.`);
  return { userId, group, deviceId: undefined };
}

/** The reader's server notices room, with the reader invited to it or in it. */
async function openRoom(env: FrontEnv, server: Requester, reader: Requester): Promise<string> {
  const roomVersion = env.settings.defaultRoomVersion;
  const request = { sender: server.userId, roomVersion, content: {} };
  const { roomId, pdu } = await env.actors.home().noticeRoom(reader.userId, request);
  await tag(env, reader, roomId);
  const { writing, reading } = env.actors.room(roomId);
  if (pdu !== undefined) await writing.create(server, pdu, steps(server, reader, roomVersion)).catch(begunAlready);
  const { content } = await reading.stateEvent(server, 'm.room.member', reader.userId);
  const membership = isObject(content) ? member(content, 'membership') : undefined;
  if (membership !== 'join' && membership !== 'invite')
    await writing.changeMembership(server, { target: reader.userId, membership: 'invite', operation: 'invite' });
  return roomId;
}

/** Somebody else made the room just now. */
function begunAlready(error: unknown): void {
  if (!(error instanceof MatrixError) || error.errcode !== 'M_ROOM_IN_USE') throw error;
}

/** Only the server speaks in the room. */
function steps(server: Requester, reader: Requester, roomVersion: string): readonly RoomStep[] {
  const levels = initialPowerLevels({
    creator: server.userId,
    roomVersion,
    peers: [],
    override: { users_default: -10 },
  });
  const states: readonly (readonly [string, JsonObject])[] = [
    ['m.room.power_levels', levels],
    ['m.room.join_rules', { join_rule: 'invite' }],
    ['m.room.history_visibility', { history_visibility: 'shared' }],
    ['m.room.guest_access', { guest_access: 'can_join' }],
    ['m.room.name', { name: 'Server Notices' }],
  ];
  return [
    ...states.map(([type, content]) => ({ kind: 'state' as const, type, stateKey: '', content })),
    { kind: 'invite', userId: reader.userId, content: {} },
  ];
}

/** Clients tell the room by its tag. */
async function tag(env: FrontEnv, reader: Requester, roomId: string): Promise<void> {
  const { data } = env.actors.users(reader.group);
  const tags = member(await data.accountData(reader, roomId, 'm.tag').catch(none), 'tags');
  if (!isObject(tags) || member(tags, TAG) === undefined) await data.setTag(reader, roomId, TAG, {});
}

function none(error: unknown): JsonObject {
  if (error instanceof MatrixError && error.status === 404) return {};
  throw error;
}
