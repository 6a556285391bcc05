// What the authorisation rules cannot read from events.
import type { Facts } from '../../authorization/situation.ts';
import { roomVersion } from '../../events/room-versions.ts';
import { verifyJson } from '../../events/verify-json.ts';
import { decodeBase64, decodeBase64Url } from '../../spec/base64.ts';
import { isObject, member } from '../../spec/json.ts';

export const authorizationFacts: Facts = {
  isRecognisedVersion: (version) => roomVersion(version) !== undefined,
  // Any signature will do, whoever made it under whatever key id: it is the key that counts.
  isSignedWith: (signed, publicKey) => {
    const key = decodeBase64(publicKey) ?? decodeBase64Url(publicKey);
    const signatures = member(signed, 'signatures');
    if (key === undefined || !isObject(signatures)) return false;
    return Object.entries(signatures).some(([entity, made]) => {
      if (!isObject(made)) return false;
      return Object.keys(made).some((keyId) => verifyJson(signed, entity, new Map([[keyId, key]])) === 'valid');
    });
  },
};
