// https://spec.matrix.org/v1.19/client-server-api/#filtering
import * as v from 'valibot';
import { anyAnswer } from '../answers.ts';
import type { Endpoint } from '../endpoint.ts';
import { demandOwnPath } from '../own-path.ts';
import { nothing } from '../shapes.ts';
import { checkFilter } from '../sync-filter.ts';

const USER = '/_matrix/client/v3/user/{userId}/filter';
const FILTER_BYTES = 65_536;

export const defineFilter: Endpoint = {
  operationId: 'defineFilter',
  method: 'POST',
  path: USER,
  auth: 'user',
  rateLimit: 'settings',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3useruseridfilter',
  answer: v.strictObject({ filter_id: v.string() }),
  body: nothing,
  integersOnly: true,
  maxBodyBytes: FILTER_BYTES,
  async handle(call) {
    demandOwnPath(call);
    checkFilter(call.body);
    return { json: { filter_id: await call.env.actors.users(call.by.group).data.defineFilter(call.by, call.body) } };
  },
};

export const getFilter: Endpoint = {
  operationId: 'getFilter',
  method: 'GET',
  path: `${USER}/{filterId}`,
  auth: 'user',
  rateLimit: 'read',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3useruseridfilterfilterid',
  answer: anyAnswer,
  async handle(call) {
    demandOwnPath(call);
    return { json: await call.env.actors.users(call.by.group).data.filter(call.by, call.param('filterId')) };
  },
};
