// Dehydrated devices, which are not in the specification yet (MSC3814). Clients find out by asking whether we know them: 404
// M_NOT_FOUND is "none yet", M_UNRECOGNIZED "not here". https://github.com/matrix-org/matrix-spec-proposals/pull/3814
import * as v from 'valibot';
import type { JsonObject } from '../../spec/json.ts';
import { anyAnswer } from '../answers.ts';
import { LONG_BODY_BYTES } from '../body.ts';
import type { Endpoint, UserCall } from '../endpoint.ts';
import { anyObject, nothing, optionalObject, optionalText, text } from '../shapes.ts';

const PATH = '/_matrix/client/unstable/org.matrix.msc3814.v1/dehydrated_device';
const SPEC = 'https://spec.matrix.org/v1.19/client-server-api/#end-to-end-encryption';
const idAnswer = v.strictObject({ device_id: v.string() });
const eventsAnswer = v.strictObject({ events: v.array(anyAnswer), next_batch: v.optional(v.string()) });

export const getDehydratedDevice: Endpoint = {
  operationId: 'getDehydratedDevice',
  method: 'GET',
  path: PATH,
  auth: 'user',
  rateLimit: 'keys',
  spec: SPEC,
  answer: v.strictObject({ device_id: v.string(), device_data: anyAnswer }),
  async handle({ env, by }) {
    const { deviceId, deviceData } = await env.actors.users(by.group).dehydrated.dehydratedDevice(by);
    return { json: { device_id: deviceId, device_data: deviceData } };
  },
};

export const putDehydratedDevice: Endpoint = {
  operationId: 'putDehydratedDevice',
  method: 'PUT',
  path: PATH,
  auth: 'user',
  maxBodyBytes: LONG_BODY_BYTES,
  rateLimit: 'keys',
  spec: SPEC,
  answer: idAnswer,
  body: v.looseObject({
    device_id: text,
    device_data: anyObject,
    initial_device_display_name: optionalText,
    device_keys: anyObject,
    one_time_keys: optionalObject,
    fallback_keys: optionalObject,
  }),
  integersOnly: true,
  async handle({ env, by, body }) {
    const upload = body as {
      device_id: string;
      device_data: JsonObject;
      initial_device_display_name?: string;
      device_keys: JsonObject;
      one_time_keys?: JsonObject;
      fallback_keys?: JsonObject;
    };
    await env.actors.users(by.group).dehydrated.putDehydratedDevice(by, {
      deviceId: upload.device_id,
      deviceData: upload.device_data,
      displayName: upload.initial_device_display_name,
      deviceKeys: upload.device_keys,
      oneTimeKeys: upload.one_time_keys,
      fallbackKeys: upload.fallback_keys,
    });
    return { json: { device_id: upload.device_id } };
  },
};

export const deleteDehydratedDevice: Endpoint = {
  operationId: 'deleteDehydratedDevice',
  method: 'DELETE',
  path: PATH,
  auth: 'user',
  rateLimit: 'keys',
  spec: SPEC,
  answer: idAnswer,
  body: nothing,
  emptyBody: true,
  async handle({ env, by }) {
    const { deviceId } = await env.actors.users(by.group).dehydrated.deleteDehydratedDevice(by);
    return { json: { device_id: deviceId } };
  },
};

/** What newer clients ask: they have all when there is no `next_batch`. */
export const getDehydratedDeviceEvents: Endpoint = {
  operationId: 'getDehydratedDeviceEvents',
  method: 'GET',
  path: `${PATH}/{deviceId}/events`,
  auth: 'user',
  rateLimit: 'keys',
  spec: SPEC,
  answer: eventsAnswer,
  async handle(call) {
    const { events, nextBatch, more } = await page(call, call.query.get('from') ?? undefined);
    return { json: more ? { events, next_batch: nextBatch } : { events } };
  },
};

/** What older clients ask: they have all when there are no `events`, and go on by `next_batch` until then. */
export const postDehydratedDeviceEvents: Endpoint = {
  operationId: 'postDehydratedDeviceEvents',
  method: 'POST',
  path: `${PATH}/{deviceId}/events`,
  auth: 'user',
  rateLimit: 'keys',
  spec: SPEC,
  answer: eventsAnswer,
  body: v.looseObject({ next_batch: optionalText }),
  emptyBody: true,
  async handle(call) {
    const { events, nextBatch } = await page(call, (call.body as { next_batch?: string }).next_batch);
    return { json: { events, next_batch: nextBatch } };
  },
};

function page(call: UserCall, from: string | undefined) {
  const { env, by } = call;
  return env.actors.users(by.group).dehydrated.dehydratedDeviceEvents(by, call.param('deviceId'), from);
}
