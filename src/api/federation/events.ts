// https://spec.matrix.org/v1.19/server-server-api/#retrieving-events
import * as v from 'valibot';
import { invalidParam, missingParam, notFound } from '../../spec/errors.ts';
import { isEventId } from '../../spec/identifiers/event-id.ts';
import { anyAnswer } from '../answers.ts';
import type { Endpoint } from '../endpoint.ts';
import { directionOf } from '../page-query.ts';
import { transactionAnswer } from './backfill.ts';
import { eventLists, roomOfPath, transactionOf } from './event-lists.ts';

export const getEvent: Endpoint = {
  operationId: 'getEvent',
  method: 'GET',
  path: '/_matrix/federation/v1/event/{eventId}',
  auth: 'server',
  rateLimit: 'federation',
  spec: 'https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1eventeventid',
  answer: transactionAnswer,
  async handle(call) {
    const eventId = call.param('eventId');
    if (!isEventId(eventId)) throw notFound('There is no such event.');
    return { text: transactionOf(call, [await call.federation.events.find(call.origin, eventId)]) };
  },
};

export const getServerRoomState: Endpoint = {
  operationId: 'getRoomState',
  method: 'GET',
  path: '/_matrix/federation/v1/state/{roomId}',
  auth: 'server',
  rateLimit: 'federation',
  spec: 'https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1stateroomid',
  answer: v.strictObject({ pdus: v.array(anyAnswer), auth_chain: v.array(anyAnswer) }),
  async handle(call) {
    const room = roomOfPath(call);
    const { stateIds, authChainIds } = await room.serving.stateIds(call.origin, eventIdOf(call.query));
    const [pdus, authChain] = await eventLists(call, room, stateIds, authChainIds);
    return { text: `{"pdus":${pdus},"auth_chain":${authChain}}` };
  },
};

export const getRoomStateIds: Endpoint = {
  operationId: 'getRoomStateIds',
  method: 'GET',
  path: '/_matrix/federation/v1/state_ids/{roomId}',
  auth: 'server',
  rateLimit: 'federation',
  spec: 'https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1state_idsroomid',
  answer: v.strictObject({ pdu_ids: v.array(v.string()), auth_chain_ids: v.array(v.string()) }),
  async handle(call) {
    const { serving } = roomOfPath(call);
    const { stateIds, authChainIds } = await serving.stateIds(call.origin, eventIdOf(call.query));
    return { json: { pdu_ids: stateIds, auth_chain_ids: authChainIds } };
  },
};

export const getServerEventByTimestamp: Endpoint = {
  operationId: 'getEventByTimestamp',
  method: 'GET',
  path: '/_matrix/federation/v1/timestamp_to_event/{roomId}',
  auth: 'server',
  rateLimit: 'federation',
  spec: 'https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1timestamp_to_eventroomid',
  answer: v.strictObject({ event_id: v.string(), origin_server_ts: v.number() }),
  async handle(call) {
    const ts = call.query.get('ts');
    if (ts === null) throw missingParam('ts is missing.');
    if (!/^-?\d{1,15}$/.test(ts)) throw invalidParam('ts must be milliseconds since the epoch.');
    const { serving } = roomOfPath(call);
    const found = await serving.eventByTime(call.origin, Number(ts), directionOf(call.query));
    return { json: { event_id: found.eventId, origin_server_ts: found.originServerTs } };
  },
};

function eventIdOf(query: URLSearchParams): string {
  const eventId = query.get('event_id');
  if (eventId === null) throw missingParam('event_id is missing.');
  return eventId;
}
