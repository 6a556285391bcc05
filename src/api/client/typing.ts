// https://spec.matrix.org/v1.19/client-server-api/#typing-notifications
import { emptyAnswer } from '../answers.ts';
import * as v from 'valibot';
import { EMPTY_REPLY, type Endpoint } from '../endpoint.ts';
import { demandOwnPath } from '../own-path.ts';

const TIMEOUT_DEFAULT_MS = 30_000;
const TIMEOUT_MAX_MS = 120_000;

export const setTyping: Endpoint = {
  operationId: 'setTyping',
  method: 'PUT',
  path: '/_matrix/client/v3/rooms/{roomId}/typing/{userId}',
  auth: 'user',
  rateLimit: 'ephemeral',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3roomsroomidtypinguserid',
  answer: emptyAnswer,
  body: v.looseObject({ typing: v.boolean(), timeout: v.optional(v.pipe(v.number(), v.integer())) }),
  async handle(call) {
    demandOwnPath(call);
    const { typing, timeout } = call.body as { typing: boolean; timeout?: number };
    const ms = typing ? Math.min(Math.max(timeout ?? TIMEOUT_DEFAULT_MS, 1), TIMEOUT_MAX_MS) : 0;
    await call.env.actors.room(call.param('roomId')).ephemeral.typing(call.by, ms);
    return EMPTY_REPLY;
  },
};
