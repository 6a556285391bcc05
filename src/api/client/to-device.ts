// https://spec.matrix.org/v1.19/client-server-api/#send-to-device-messaging
import { emptyAnswer } from '../answers.ts';
import { LONG_BODY_BYTES } from '../body.ts';
import * as v from 'valibot';
import { badJson, invalidParam } from '../../spec/errors.ts';
import { isObject, type JsonObject } from '../../spec/json.ts';
import { EMPTY_REPLY, type Endpoint } from '../endpoint.ts';
import { groupedByHome } from '../grouped.ts';
import { objectOfObjects } from '../shapes.ts';

const MESSAGES_MAX = 1000;

export const sendToDevice: Endpoint = {
  operationId: 'sendToDevice',
  method: 'PUT',
  path: '/_matrix/client/v3/sendToDevice/{eventType}/{txnId}',
  auth: 'user',
  guests: true,
  maxBodyBytes: LONG_BODY_BYTES,
  rateLimit: 'to-device',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3sendtodeviceeventtypetxnid',
  answer: emptyAnswer,
  body: v.looseObject({ messages: objectOfObjects }),
  async handle(call) {
    const type = call.param('eventType');
    const messages = Object.entries(call.body['messages'] as Readonly<Record<string, JsonObject>>).flatMap(
      ([userId, devices]) =>
        Object.entries(devices).map(([deviceId, content]) => {
          if (!isObject(content)) throw badJson('messages: expected contents by user and device.');
          return { userId, deviceId, content };
        }),
    );
    if (messages.length > MESSAGES_MAX) throw invalidParam(`At most ${MESSAGES_MAX} messages can be sent at once.`);
    const transaction = { scope: `sendToDevice ${type}`, id: call.param('txnId') };
    const groups = await groupedByHome(call, messages);
    await Promise.all(
      groups.map(([group, messages]) =>
        call.env.actors.users(group).keys.sendToDevice(call.by, transaction, type, messages),
      ),
    );
    return EMPTY_REPLY;
  },
};
