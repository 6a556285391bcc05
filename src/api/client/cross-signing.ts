// https://spec.matrix.org/v1.19/client-server-api/#cross-signing
import { anyAnswer, emptyAnswer } from '../answers.ts';
import { LONG_BODY_BYTES } from '../body.ts';
import * as v from 'valibot';
import type { CrossSigningUpload } from '../../ports/contracts/users-keys.ts';
import { badJson, invalidParam, missingParam } from '../../spec/errors.ts';
import { isObject, type JsonObject } from '../../spec/json.ts';
import { EMPTY_REPLY, type Endpoint } from '../endpoint.ts';
import { groupedByHome } from '../grouped.ts';
import { auth, nothing, optionalObject } from '../shapes.ts';
import { withPassword } from '../uia.ts';

/** Each signature takes a fifth of a millisecond to check, and they are checked in one turn. */
const SIGNED_MAX = 250;

export const uploadCrossSigningKeys: Endpoint = {
  operationId: 'uploadCrossSigningKeys',
  method: 'POST',
  path: '/_matrix/client/v3/keys/device_signing/upload',
  auth: 'user',
  rateLimit: 'account',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keysdevice_signingupload',
  answer: emptyAnswer,
  body: v.looseObject({
    auth,
    master_key: optionalObject,
    self_signing_key: optionalObject,
    user_signing_key: optionalObject,
  }),
  integersOnly: true,
  async handle(call) {
    const { keys } = call.env.actors.users(call.by.group);
    const upload = uploadOf(call.body);
    if (Object.keys(upload).length === 0) throw missingParam('master_key is missing.');
    const { needsAuth } = await keys.uploadCrossSigning(call.by, upload, false);
    if (!needsAuth) return EMPTY_REPLY;
    // What is stored is what was sent with the proof, not what a session remembers.
    await withPassword(call);
    await keys.uploadCrossSigning(call.by, upload, true);
    return EMPTY_REPLY;
  },
};

export const uploadCrossSigningSignatures: Endpoint = {
  operationId: 'uploadCrossSigningSignatures',
  method: 'POST',
  path: '/_matrix/client/v3/keys/signatures/upload',
  auth: 'user',
  maxBodyBytes: LONG_BODY_BYTES,
  rateLimit: 'keys',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keyssignaturesupload',
  answer: v.strictObject({ failures: anyAnswer }),
  body: nothing,
  integersOnly: true,
  async handle(call) {
    const signed = Object.entries(call.body).flatMap(([userId, objects]) => {
      if (!isObject(objects)) throw badJson('Expected signed objects by user and key.');
      return Object.entries(objects).map(([keyId, object]) => {
        if (!isObject(object)) throw badJson('Expected signed objects by user and key.');
        return { userId, keyId, object };
      });
    });
    if (signed.length > SIGNED_MAX) throw invalidParam(`At most ${SIGNED_MAX} signed objects can be sent at once.`);
    const groups = await groupedByHome(call, signed);
    const failed = (
      await Promise.all(
        groups.map(([group, signed]) => call.env.actors.users(group).keys.uploadSignatures(call.by, signed)),
      )
    ).flat();
    const known = new Set(groups.flatMap(([, items]) => items.map((item) => item.userId)));
    for (const { userId, keyId } of signed)
      if (!known.has(userId)) failed.push({ userId, keyId, errcode: 'M_NOT_FOUND', error: 'There is no such user.' });
    const failures = new Map<string, [string, JsonObject][]>();
    for (const { userId, keyId, errcode, error } of failed)
      failures.set(userId, [...(failures.get(userId) ?? []), [keyId, { errcode, error }]]);
    return {
      json: { failures: Object.fromEntries([...failures].map(([userId, keys]) => [userId, Object.fromEntries(keys)])) },
    };
  },
};

function uploadOf(body: JsonObject): CrossSigningUpload {
  const part = (name: string): JsonObject | undefined => (isObject(body[name]) ? body[name] : undefined);
  const [masterKey, selfSigningKey, userSigningKey] = [
    part('master_key'),
    part('self_signing_key'),
    part('user_signing_key'),
  ];
  return {
    ...(masterKey ? { masterKey } : {}),
    ...(selfSigningKey ? { selfSigningKey } : {}),
    ...(userSigningKey ? { userSigningKey } : {}),
  };
}
