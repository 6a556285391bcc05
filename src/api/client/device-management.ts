// https://spec.matrix.org/v1.19/client-server-api/#device-management
import { deviceAnswer, emptyAnswer } from '../answers.ts';
import * as v from 'valibot';
import type { Device } from '../../ports/contracts/users-accounts.ts';
import { invalidParam } from '../../spec/errors.ts';
import type { JsonObject } from '../../spec/json.ts';
import { EMPTY_REPLY, type Endpoint } from '../endpoint.ts';
import { auth, optionalText, texts } from '../shapes.ts';
import { withPassword } from '../uia.ts';

const DEVICES_MAX = 1000;

export const getDevices: Endpoint = {
  operationId: 'getDevices',
  method: 'GET',
  path: '/_matrix/client/v3/devices',
  auth: 'user',
  guests: true,
  rateLimit: 'read',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3devices',
  answer: v.strictObject({ devices: v.array(deviceAnswer) }),
  async handle({ env, by }) {
    return { json: { devices: (await env.actors.users(by.group).accounts.devices(by)).map(shown) } };
  },
};

export const getDevice: Endpoint = {
  operationId: 'getDevice',
  method: 'GET',
  path: '/_matrix/client/v3/devices/{deviceId}',
  auth: 'user',
  guests: true,
  rateLimit: 'read',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3devicesdeviceid',
  answer: deviceAnswer,
  async handle(call) {
    return { json: shown(await call.env.actors.users(call.by.group).accounts.device(call.by, call.param('deviceId'))) };
  },
};

export const updateDevice: Endpoint = {
  operationId: 'updateDevice',
  method: 'PUT',
  path: '/_matrix/client/v3/devices/{deviceId}',
  auth: 'user',
  guests: true,
  rateLimit: 'settings',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3devicesdeviceid',
  answer: emptyAnswer,
  body: v.looseObject({ display_name: optionalText }),
  emptyBody: true,
  async handle(call) {
    const name = (call.body as { display_name?: string }).display_name;
    await call.env.actors
      .users(call.by.group)
      .accounts.renameDevice(call.by, call.param('deviceId'), name?.slice(0, 255));
    return EMPTY_REPLY;
  },
};

export const deleteDevice: Endpoint = {
  operationId: 'deleteDevice',
  method: 'DELETE',
  path: '/_matrix/client/v3/devices/{deviceId}',
  auth: 'user',
  rateLimit: 'account',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#delete_matrixclientv3devicesdeviceid',
  answer: emptyAnswer,
  body: v.looseObject({ auth }),
  emptyBody: true,
  async handle(call) {
    await withPassword(call);
    await call.env.actors.users(call.by.group).accounts.deleteDevices(call.by, [call.param('deviceId')]);
    return EMPTY_REPLY;
  },
};

export const deleteDevices: Endpoint = {
  operationId: 'deleteDevices',
  method: 'POST',
  path: '/_matrix/client/v3/delete_devices',
  auth: 'user',
  rateLimit: 'account',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3delete_devices',
  answer: emptyAnswer,
  body: v.looseObject({ auth, devices: texts }),
  async handle(call) {
    if ((call.body['devices'] as string[]).length > DEVICES_MAX)
      throw invalidParam(`At most ${DEVICES_MAX} devices can be deleted at once.`);
    const { body } = await withPassword(call, ['devices']);
    await call.env.actors.users(call.by.group).accounts.deleteDevices(call.by, body['devices'] as string[]);
    return EMPTY_REPLY;
  },
};

function shown(device: Device): JsonObject {
  return {
    device_id: device.deviceId,
    display_name: device.displayName,
    last_seen_ip: device.lastSeenIp,
    last_seen_ts: device.lastSeenTs,
  };
}
