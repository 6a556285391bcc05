// Sending message events, and redactions, which are sent as such too.
// https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3roomsroomidsendeventtypetxnid
import { eventIdAnswer } from '../answers.ts';
import * as v from 'valibot';
import type { ClientTransaction } from '../../ports/contracts/requester.ts';
import { missingParam } from '../../spec/errors.ts';
import type { Endpoint, UserCall } from '../endpoint.ts';
import { nothing, optionalText } from '../shapes.ts';

export const sendMessage: Endpoint = {
  operationId: 'sendMessage',
  method: 'PUT',
  path: '/_matrix/client/v3/rooms/{roomId}/send/{eventType}/{txnId}',
  auth: 'user',
  guests: true,
  rateLimit: 'message',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3roomsroomidsendeventtypetxnid',
  answer: eventIdAnswer,
  body: nothing,
  integersOnly: true,
  async handle(call) {
    const { writing } = call.env.actors.room(call.param('roomId'));
    const type = call.param('eventType');
    if (type === 'm.room.redaction') {
      const { redacts, ...content } = call.body;
      if (typeof redacts !== 'string') throw missingParam('redacts is missing.');
      return eventId(await writing.redact(call.by, redacts, content, transaction(call, type)));
    }
    return eventId(await writing.send(call.by, { type, content: call.body }, transaction(call, type)));
  },
};

export const redactEvent: Endpoint = {
  operationId: 'redactEvent',
  method: 'PUT',
  path: '/_matrix/client/v3/rooms/{roomId}/redact/{eventId}/{txnId}',
  auth: 'user',
  rateLimit: 'redaction',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3roomsroomidredacteventidtxnid',
  answer: eventIdAnswer,
  body: v.looseObject({ reason: optionalText }),
  emptyBody: true,
  integersOnly: true,
  async handle(call) {
    const { writing } = call.env.actors.room(call.param('roomId'));
    const target = call.param('eventId');
    const { reason } = call.body;
    const content = typeof reason === 'string' ? { reason } : {};
    return eventId(
      await writing.redact(call.by, target, content, { scope: `redact ${target}`, id: call.param('txnId') }),
    );
  },
};

function eventId({ eventId: id }: { readonly eventId: string }): { readonly json: { readonly event_id: string } } {
  return { json: { event_id: id } };
}

/** The room is part of the scope because the Room keeps it. */
function transaction(call: UserCall, type: string): ClientTransaction {
  return { scope: `send ${type}`, id: call.param('txnId') };
}
