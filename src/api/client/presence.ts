// https://spec.matrix.org/v1.19/client-server-api/#presence
import * as v from 'valibot';
import { emptyAnswer } from '../answers.ts';
import type { PresenceEntry, PresenceState } from '../../ports/contracts/users-presence.ts';
import { notFound } from '../../spec/errors.ts';
import { presenceContent } from '../../sync/presence.ts';
import { EMPTY_REPLY, type Endpoint } from '../endpoint.ts';
import { demandOwnPath } from '../own-path.ts';

const STATUS = '/_matrix/client/v3/presence/{userId}/status';
const STATES = ['online', 'offline', 'unavailable'] as const satisfies readonly PresenceState[];
const STATUS_LENGTH = 1024;

export const getPresence: Endpoint = {
  operationId: 'getPresence',
  method: 'GET',
  path: STATUS,
  auth: 'user',
  rateLimit: 'read',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3presenceuseridstatus',
  answer: v.strictObject({
    presence: v.picklist(STATES),
    last_active_ago: v.optional(v.number()),
    status_msg: v.optional(v.string()),
    currently_active: v.optional(v.boolean()),
  }),
  async handle({ env, by, param }) {
    const userId = param('userId');
    const group = await env.actors.home().groupOf(userId);
    if (group === undefined) throw notFound('There is no such user.');
    const entry: PresenceEntry = await env.actors.users(group).presence.presenceOf(by, userId);
    return { json: presenceContent({ ...entry, displayName: undefined, avatarUrl: undefined }) };
  },
};

/** With presence switched off by the operator this is heard and shown to nobody, as the specification knows no refusal. */
export const setPresence: Endpoint = {
  operationId: 'setPresence',
  method: 'PUT',
  path: STATUS,
  auth: 'user',
  rateLimit: 'ephemeral',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3presenceuseridstatus',
  answer: emptyAnswer,
  body: v.looseObject({
    presence: v.picklist(STATES),
    status_msg: v.nullish(v.pipe(v.string(), v.maxLength(STATUS_LENGTH))),
  }),
  async handle(call) {
    demandOwnPath(call);
    const { presence, status_msg: statusMsg } = call.body as { presence: PresenceState; status_msg?: string | null };
    await call.env.actors.users(call.by.group).presence.setPresence(call.by, presence, statusMsg);
    return EMPTY_REPLY;
  },
};
