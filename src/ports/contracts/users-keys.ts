// End-to-end encryption keys and to-device messages of a group's users.
// https://spec.matrix.org/v1.19/client-server-api/#end-to-end-encryption
import type { JsonObject } from '../../spec/json.ts';
import type { ClientTransaction, Requester } from './requester.ts';

export interface UsersKeys {
  /** keys/upload. Answers the one-time key counts by algorithm. */
  uploadKeys(
    by: Requester,
    upload: { readonly deviceKeys?: JsonObject; readonly oneTimeKeys?: JsonObject; readonly fallbackKeys?: JsonObject },
  ): Promise<readonly (readonly [algorithm: string, count: number])[]>;
  /**
   * keys/query for users of this group; an empty device list asks for all of the user's. Answers for the first of them, in order, at
   * least one: as many as one answer holds.
   */
  queryKeys(
    by: Requester,
    asked: readonly { readonly userId: string; readonly deviceIds: readonly string[] }[],
  ): Promise<readonly QueriedKeys[]>;
  /** keys/claim for users of this group: each one-time key once, ever; then the fallback key; missing ones left out. */
  claimKeys(
    asked: readonly { readonly userId: string; readonly deviceId: string; readonly algorithm: string }[],
  ): Promise<readonly ClaimedKey[]>;
  /**
   * device_signing/upload. Keys that replace others are stored only if the user has authenticated for it: else nothing is, and
   * the answer says so. Throws 400 M_INVALID_SIGNATURE, M_MISSING_PARAM and M_INVALID_PARAM, 403 M_FORBIDDEN, 413 M_TOO_LARGE.
   */
  uploadCrossSigning(
    by: Requester,
    upload: CrossSigningUpload,
    authenticated: boolean,
  ): Promise<{ readonly needsAuth: boolean }>;
  /** keys/signatures/upload for users of this group. Answers the failures. */
  uploadSignatures(
    by: Requester,
    signed: readonly { readonly userId: string; readonly keyId: string; readonly object: JsonObject }[],
  ): Promise<readonly SignatureFailure[]>;
  /** Stores messages for devices of this group's users; a repeated transaction stores nothing. */
  sendToDevice(
    by: Requester,
    transaction: ClientTransaction,
    type: string,
    messages: readonly { readonly userId: string; readonly deviceId: string; readonly content: JsonObject }[],
  ): Promise<void>;
  /** Another group tells that the devices or keys of its users changed. */
  devicesChanged(userIds: readonly string[]): Promise<void>;
}

export interface CrossSigningUpload {
  readonly masterKey?: JsonObject;
  readonly selfSigningKey?: JsonObject;
  readonly userSigningKey?: JsonObject;
}

export interface QueriedKeys {
  readonly userId: string;
  /** Each with `unsigned.device_display_name`. */
  readonly devices: readonly { readonly deviceId: string; readonly keys: JsonObject }[];
  readonly masterKey: JsonObject | undefined;
  readonly selfSigningKey: JsonObject | undefined;
  /** Only for the user themself. */
  readonly userSigningKey: JsonObject | undefined;
}

export interface ClaimedKey {
  readonly userId: string;
  readonly deviceId: string;
  /** `algorithm:id`. */
  readonly keyId: string;
  readonly key: JsonObject | string;
}

export interface SignatureFailure {
  readonly userId: string;
  readonly keyId: string;
  readonly errcode: string;
  readonly error: string;
}
