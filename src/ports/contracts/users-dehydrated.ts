// Dehydrated devices (MSC3814): a device of a user that nobody is signed in on. It waits on the server, encrypted, and takes the
// room keys that are sent while none of the user's other devices is there.
// https://github.com/matrix-org/matrix-spec-proposals/pull/3814
import type { JsonObject } from '../../spec/json.ts';
import type { Requester } from './requester.ts';

export interface UsersDehydrated {
  /** Throws 404 M_NOT_FOUND if the user has none. */
  dehydratedDevice(by: Requester): Promise<DehydratedDevice>;
  /**
   * Stores the device with its keys in place of any other. Throws as keys/upload does, and 403 M_FORBIDDEN for an id that is a
   * device's or a cross-signing key.
   */
  putDehydratedDevice(by: Requester, upload: DehydratedUpload): Promise<void>;
  /** Its keys and messages go with it. Throws 404 M_NOT_FOUND if the user has none. */
  deleteDehydratedDevice(by: Requester): Promise<{ readonly deviceId: string }>;
  /**
   * A page of the messages to it, which stay where they are. `from` is the `nextBatch` of the page before. Throws 403 M_FORBIDDEN
   * for another id than the user's dehydrated device's, 400 M_INVALID_PARAM for a `from` that is none.
   */
  dehydratedDeviceEvents(by: Requester, deviceId: string, from: string | undefined): Promise<DehydratedDeviceEvents>;
}

export interface DehydratedDevice {
  readonly deviceId: string;
  readonly deviceData: JsonObject;
}

export interface DehydratedUpload extends DehydratedDevice {
  readonly displayName: string | undefined;
  readonly deviceKeys: JsonObject;
  readonly oneTimeKeys: JsonObject | undefined;
  readonly fallbackKeys: JsonObject | undefined;
}

export interface DehydratedDeviceEvents {
  readonly events: readonly JsonObject[];
  readonly nextBatch: string;
  /** Whether there are messages after these. */
  readonly more: boolean;
}
