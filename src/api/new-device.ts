// The device that a login or registration opens. https://spec.matrix.org/v1.19/client-server-api/#relationship-between-access-tokens-and-devices
import type { NewDevice, NewSession, OpenedSession } from '../ports/contracts/users-accounts.ts';
import type { FrontEnv } from '../ports/front-env.ts';
import { invalidParam, MatrixError } from '../spec/errors.ts';
import type { JsonObject } from '../spec/json.ts';

const DEVICE_ID_LENGTH = 255;
const DEVICE_NAME_LENGTH = 255;
const PASSWORD_LENGTH = 512;

/** The members of a body that describe a device; its shape has been checked. */
export interface DescribedDevice {
  readonly device_id?: string;
  readonly initial_device_display_name?: string;
  readonly refresh_token?: boolean;
}

/** Throws 400 M_INVALID_PARAM for a `device_id` that no device can have. */
export function checkDeviceId({ device_id: deviceId }: DescribedDevice): void {
  if (deviceId !== undefined && (deviceId === '' || deviceId.length > DEVICE_ID_LENGTH))
    throw invalidParam(`A device id has 1 to ${DEVICE_ID_LENGTH} characters.`);
}

/** Throws 400 M_WEAK_PASSWORD. The upper bound is on what hashing takes. */
export function checkNewPassword(password: string): void {
  if (password === '' || password.length > PASSWORD_LENGTH)
    throw new MatrixError(400, 'M_WEAK_PASSWORD', `A password has 1 to ${PASSWORD_LENGTH} characters.`);
}

/** Whether a password is the one of a record; takes its time without a record too. What is longer than any password is none. */
export function isPassword(env: FrontEnv, password: string, hash: string | undefined): Promise<boolean> {
  return env.passwords.verify(
    password.slice(0, PASSWORD_LENGTH),
    password.length > PASSWORD_LENGTH ? '' : (hash ?? ''),
  );
}

/** Throws 400 M_INVALID_PARAM. */
export function newDevice(described: DescribedDevice): NewDevice {
  checkDeviceId(described);
  return {
    deviceId: described.device_id,
    initialDeviceDisplayName: described.initial_device_display_name?.slice(0, DEVICE_NAME_LENGTH),
    refreshable: described.refresh_token === true,
  };
}

/** Opens a session; answers what login answers. */
export async function openDevice(
  env: FrontEnv,
  group: number,
  who: Pick<NewSession, 'userId' | 'proof'>,
  described: DescribedDevice,
): Promise<JsonObject> {
  return sessionAnswer(env, await env.actors.users(group).accounts.openSession({ ...who, ...newDevice(described) }));
}

/** What login and registration answer. */
export function sessionAnswer(env: FrontEnv, opened: OpenedSession): JsonObject {
  return {
    user_id: opened.userId,
    access_token: opened.accessToken,
    device_id: opened.deviceId,
    home_server: env.settings.serverName,
    ...(opened.refreshToken === undefined ? {} : { refresh_token: opened.refreshToken }),
    ...(opened.expiresInMs === undefined ? {} : { expires_in_ms: opened.expiresInMs }),
    ...(env.settings.publicUrl === undefined
      ? {}
      : { well_known: { 'm.homeserver': { base_url: env.settings.publicUrl } } }),
  };
}
