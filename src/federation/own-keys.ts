// What we publish of our own keys. https://spec.matrix.org/v1.19/server-server-api/#publishing-keys
import { signJson } from '../events/sign-json.ts';
import { encodeBase64 } from '../spec/base64.ts';
import type { JsonObject } from '../spec/json.ts';
import type { Federation } from './federation.ts';

/** For so long what we publish is good. A server asks again after half of it at the latest. */
const VALID_MS = 24 * 60 * 60 * 1000;

export async function ownKeys({ env, ownKey }: Federation): Promise<JsonObject> {
  const [signer, keys] = await Promise.all([ownKey.signer(), env.actors.home().verifyKeys()]);
  const current = keys.filter(({ expiredTs }) => expiredTs === undefined);
  const old = keys.filter(({ expiredTs }) => expiredTs !== undefined);
  return signJson(
    {
      server_name: env.settings.serverName,
      valid_until_ts: env.clock.now() + VALID_MS,
      verify_keys: Object.fromEntries(current.map(({ keyId, publicKey }) => [keyId, { key: encodeBase64(publicKey) }])),
      old_verify_keys: Object.fromEntries(
        old.map(({ keyId, publicKey, expiredTs }) => [keyId, { key: encodeBase64(publicKey), expired_ts: expiredTs! }]),
      ),
    },
    signer,
  );
}
