// https://spec.matrix.org/v1.19/client-server-api/#profiles
import { anyAnswer, emptyAnswer } from '../answers.ts';
import { badJson, invalidParam, MatrixError, missingParam, notFound } from '../../spec/errors.ts';
import { askForProfile } from '../../federation/profile.ts';
import { isUserId, serverOf } from '../../spec/identifiers/user-id.ts';
import { utf8Length } from '../../spec/canonical-json.ts';
import { type Json, type JsonObject, member } from '../../spec/json.ts';
import { type Call, EMPTY_REPLY, type Endpoint, type UserCall } from '../endpoint.ts';
import { demandOwnPath } from '../own-path.ts';
import { nothing } from '../shapes.ts';

/** Clients are told to give `avatar_url` a content URI; what they give is passed on, as the conformance suite expects. */
const TEXT_FIELDS = new Set(['displayname', 'avatar_url', 'm.tz']);
/** These two are copied into the member event of every room, which has its own limit. */
const TEXT_LENGTHS = new Map([
  ['displayname', 256],
  ['avatar_url', 1000],
]);
const KEY_BYTES = 255;
const KEY = /^[a-z][a-z0-9_.-]{0,254}$/;

export const getUserProfile: Endpoint = {
  operationId: 'getUserProfile',
  method: 'GET',
  path: '/_matrix/client/v3/profile/{userId}',
  auth: 'none',
  rateLimit: 'read',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3profileuserid',
  answer: anyAnswer,
  async handle(call) {
    return { json: await profileOf(call) };
  },
};

export const getProfileField: Endpoint = {
  operationId: 'getProfileField',
  method: 'GET',
  path: '/_matrix/client/v3/profile/{userId}/{keyName}',
  auth: 'none',
  rateLimit: 'read',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3profileuseridkeyname',
  answer: anyAnswer,
  async handle(call) {
    const key = call.param('keyName');
    const value = member(await profileOf(call), key);
    if (value === undefined) throw notFound('The profile has no such field.');
    return { json: Object.fromEntries([[key, value]]) };
  },
};

export const setProfileField: Endpoint = {
  operationId: 'setProfileField',
  method: 'PUT',
  path: '/_matrix/client/v3/profile/{userId}/{keyName}',
  auth: 'user',
  guests: true,
  rateLimit: 'profile',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3profileuseridkeyname',
  answer: emptyAnswer,
  body: nothing,
  async handle(call) {
    demandOwnPath(call);
    const key = keyOf(call);
    const value = member(call.body, key);
    if (value === undefined) throw missingParam(`${key.slice(0, 100)} is missing.`);
    checkField(key, value);
    await call.env.actors
      .users(call.by.group)
      .accounts.setProfileField(call.by, key, value === '' && TEXT_FIELDS.has(key) ? undefined : value);
    return EMPTY_REPLY;
  },
};

export const deleteProfileField: Endpoint = {
  operationId: 'deleteProfileField',
  method: 'DELETE',
  path: '/_matrix/client/v3/profile/{userId}/{keyName}',
  auth: 'user',
  guests: true,
  rateLimit: 'profile',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#delete_matrixclientv3profileuseridkeyname',
  answer: emptyAnswer,
  async handle(call) {
    demandOwnPath(call);
    await call.env.actors.users(call.by.group).accounts.setProfileField(call.by, keyOf(call), undefined);
    return EMPTY_REPLY;
  },
};

async function profileOf(call: Call): Promise<JsonObject> {
  const userId = call.param('userId');
  if (isUserId(userId) && serverOf(userId) !== call.env.settings.serverName)
    return askForProfile(call.federation, userId);
  const group = await call.env.actors.home().groupOf(userId);
  if (group === undefined) throw notFound('There is no such user.');
  return call.env.actors.users(group).accounts.profile(userId);
}

function checkField(key: string, value: Json): void {
  if (TEXT_FIELDS.has(key) && typeof value !== 'string') throw badJson(`${key} must be text.`);
  const most = TEXT_LENGTHS.get(key);
  if (most !== undefined && typeof value === 'string' && value.length > most)
    throw new MatrixError(400, 'M_PROFILE_TOO_LARGE', `${key} has at most ${most} characters.`);
}

function keyOf({ param }: UserCall): string {
  const key = param('keyName');
  if (utf8Length(key) > KEY_BYTES)
    throw new MatrixError(400, 'M_KEY_TOO_LARGE', `A profile field's name has at most ${KEY_BYTES} bytes.`);
  if (!KEY.test(key))
    throw invalidParam('The name of a profile field follows the common namespaced identifier grammar.');
  return key;
}
