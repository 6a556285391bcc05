// https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1roomsroomidtimestamp_to_event
import * as v from 'valibot';
import { invalidParam, missingParam } from '../../spec/errors.ts';
import type { Endpoint } from '../endpoint.ts';
import { directionOf } from '../page-query.ts';

export const getEventByTimestamp: Endpoint = {
  operationId: 'getEventByTimestamp',
  method: 'GET',
  path: '/_matrix/client/v1/rooms/{roomId}/timestamp_to_event',
  auth: 'user',
  rateLimit: 'read',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1roomsroomidtimestamp_to_event',
  answer: v.strictObject({ event_id: v.string(), origin_server_ts: v.number() }),
  async handle({ env, by, query, param }) {
    const ts = query.get('ts');
    if (ts === null) throw missingParam('ts is missing.');
    if (!/^-?\d{1,15}$/.test(ts)) throw invalidParam('ts must be milliseconds since the epoch.');
    const { reading } = env.actors.room(param('roomId'));
    const found = await reading.eventByTime(by, Number(ts), directionOf(query));
    return { json: { event_id: found.eventId, origin_server_ts: found.originServerTs } };
  },
};
