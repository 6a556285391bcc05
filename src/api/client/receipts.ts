// Receipts and read markers. https://spec.matrix.org/v1.19/client-server-api/#receipts
import { emptyAnswer } from '../answers.ts';
import * as v from 'valibot';
import { invalidParam } from '../../spec/errors.ts';
import { EMPTY_REPLY, type Endpoint, type UserCall } from '../endpoint.ts';
import { optionalText } from '../shapes.ts';

type ReceiptType = 'm.read' | 'm.read.private';

export const postReceipt: Endpoint = {
  operationId: 'postReceipt',
  method: 'POST',
  path: '/_matrix/client/v3/rooms/{roomId}/receipt/{receiptType}/{eventId}',
  auth: 'user',
  rateLimit: 'ephemeral',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3roomsroomidreceiptreceipttypeeventid',
  answer: emptyAnswer,
  body: v.looseObject({}),
  emptyBody: true,
  async handle(call) {
    const [type, eventId] = [call.param('receiptType'), call.param('eventId')];
    const threadId = call.body['thread_id'];
    if (threadId !== undefined && (typeof threadId !== 'string' || threadId === ''))
      throw invalidParam('thread_id must be a text, and not empty.');
    if (type === 'm.fully_read') {
      if (threadId !== undefined) throw invalidParam('m.fully_read has no thread_id.');
      await fullyRead(call, eventId);
    } else if (type === 'm.read' || type === 'm.read.private') {
      await read(call, type, eventId, threadId);
    } else {
      throw invalidParam('There is no such receipt type.');
    }
    return EMPTY_REPLY;
  },
};

export const setReadMarker: Endpoint = {
  operationId: 'setReadMarker',
  method: 'POST',
  path: '/_matrix/client/v3/rooms/{roomId}/read_markers',
  auth: 'user',
  rateLimit: 'ephemeral',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3roomsroomidread_markers',
  answer: emptyAnswer,
  body: v.looseObject({ 'm.fully_read': optionalText, 'm.read': optionalText, 'm.read.private': optionalText }),
  emptyBody: true,
  async handle(call) {
    const marker = (name: string): string | undefined => call.body[name] as string | undefined;
    const [fully, publicly, privately] = [marker('m.fully_read'), marker('m.read'), marker('m.read.private')];
    if (publicly !== undefined) await read(call, 'm.read', publicly, undefined);
    if (privately !== undefined) await read(call, 'm.read.private', privately, undefined);
    if (fully !== undefined) await fullyRead(call, fully);
    return EMPTY_REPLY;
  },
};

async function read(call: UserCall, type: ReceiptType, eventId: string, threadId: string | undefined): Promise<void> {
  await call.env.actors.room(call.param('roomId')).ephemeral.receipt(call.by, { type, eventId, threadId });
}

/** The marker is the user's own data; the Room only says whether the event is one that the user may see. */
async function fullyRead(call: UserCall, eventId: string): Promise<void> {
  const roomId = call.param('roomId');
  await call.env.actors.room(roomId).reading.event(call.by, eventId);
  await call.env.actors.users(call.by.group).data.setFullyRead(call.by, roomId, eventId);
}
