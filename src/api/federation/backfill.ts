// https://spec.matrix.org/v1.19/server-server-api/#backfilling-and-retrieving-missing-events
import * as v from 'valibot';
import { invalidParam, missingParam } from '../../spec/errors.ts';
import { member } from '../../spec/json.ts';
import { anyAnswer } from '../answers.ts';
import type { Endpoint } from '../endpoint.ts';
import { limitOf } from '../query.ts';
import { listOf, roomOfPath, transactionOf } from './event-lists.ts';

/** Rooms answer no more, whatever is asked for. */
const EVENTS_MAX = 100;
/** Events that may be named to begin from: a server that is far behind has as many as a room has branches. */
const IDS_MAX = 100;
const MISSING_STANDARD = 10;

export const transactionAnswer = v.strictObject({
  origin: v.string(),
  origin_server_ts: v.number(),
  pdus: v.array(anyAnswer),
});

export const backfillRoom: Endpoint = {
  operationId: 'backfillRoom',
  method: 'GET',
  path: '/_matrix/federation/v1/backfill/{roomId}',
  auth: 'server',
  rateLimit: 'federation',
  spec: 'https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1backfillroomid',
  answer: transactionAnswer,
  async handle(call) {
    const { query, origin } = call;
    const ids = query.getAll('v');
    if (ids.length === 0) throw missingParam('v is missing.');
    if (ids.length > IDS_MAX) throw invalidParam(`At most ${IDS_MAX} events can be named.`);
    if (!query.get('limit')) throw missingParam('limit is missing.');
    const limit = limitOf(query, { fallback: EVENTS_MAX, most: EVENTS_MAX });
    return { text: transactionOf(call, await roomOfPath(call).serving.backfill(origin, ids, limit)) };
  },
};

const ids = v.pipe(v.array(v.string()), v.maxLength(IDS_MAX));
const wholeNumber = v.pipe(v.number(), v.integer());

export const getMissingEvents: Endpoint = {
  operationId: 'getMissingPreviousEvents',
  method: 'POST',
  path: '/_matrix/federation/v1/get_missing_events/{roomId}',
  auth: 'server',
  rateLimit: 'federation',
  spec: 'https://spec.matrix.org/v1.19/server-server-api/#post_matrixfederationv1get_missing_eventsroomid',
  body: v.looseObject({
    earliest_events: ids,
    latest_events: ids,
    limit: v.optional(wholeNumber),
    min_depth: v.optional(wholeNumber),
  }),
  answer: v.strictObject({ events: v.array(anyAnswer) }),
  async handle(call) {
    const { body, origin } = call;
    const pdus = await roomOfPath(call).serving.missingEvents(origin, {
      latest: idsIn(member(body, 'latest_events')),
      earliest: idsIn(member(body, 'earliest_events')),
      minDepth: numberIn(member(body, 'min_depth'), 0),
      limit: Math.min(Math.max(numberIn(member(body, 'limit'), MISSING_STANDARD), 0), EVENTS_MAX),
    });
    return { text: `{"events":${listOf(pdus)}}` };
  },
};

function idsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((id) => typeof id === 'string') : [];
}

function numberIn(value: unknown, standard: number): number {
  return typeof value === 'number' ? value : standard;
}
