// https://spec.matrix.org/v1.19/server-server-api/#querying-for-information
import * as v from 'valibot';
import { invalidParam, missingParam, notFound } from '../../spec/errors.ts';
import { isUserId, serverOf } from '../../spec/identifiers/user-id.ts';
import { member } from '../../spec/json.ts';
import { anyAnswer } from '../answers.ts';
import type { Endpoint } from '../endpoint.ts';
import { roomOfAlias } from '../room-of.ts';

export const queryRoomDirectory: Endpoint = {
  operationId: 'queryRoomDirectory',
  method: 'GET',
  path: '/_matrix/federation/v1/query/directory',
  auth: 'server',
  rateLimit: 'federation',
  spec: 'https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1querydirectory',
  answer: v.strictObject({ room_id: v.string(), servers: v.array(v.string()) }),
  async handle(call) {
    const alias = call.query.get('room_alias');
    if (alias === null) throw missingParam('room_alias is missing.');
    const roomId = await roomOfAlias(call, alias);
    const { federates, servers } = await call.env.actors.room(roomId).lifecycle.servers();
    // A room that is for our users alone is nobody else's business.
    if (!federates) throw notFound('There is no such room alias.');
    return { json: { room_id: roomId, servers } };
  },
};

export const queryProfile: Endpoint = {
  operationId: 'queryProfile',
  method: 'GET',
  path: '/_matrix/federation/v1/query/profile',
  auth: 'server',
  rateLimit: 'federation',
  spec: 'https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1queryprofile',
  answer: anyAnswer,
  async handle({ env, query }) {
    const userId = query.get('user_id');
    if (userId === null) throw missingParam('user_id is missing.');
    if (!isUserId(userId)) throw invalidParam('This is no user id.');
    const isOurs = serverOf(userId) === env.settings.serverName;
    const group = isOurs ? await env.actors.home().groupOf(userId) : undefined;
    if (group === undefined) throw notFound('There is no such user.');
    const profile = await env.actors.users(group).accounts.profile(userId);
    const field = query.get('field');
    if (field === null) return { json: profile };
    const value = member(profile, field);
    if (value === undefined) throw notFound('The profile has no such field.');
    return { json: Object.fromEntries([[field, value]]) };
  },
};
