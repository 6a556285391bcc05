// Tables of end-to-end encryption keys: one step of the Users schema.

export const keysStep = `
CREATE TABLE users_device_keys (
  owner INTEGER NOT NULL, user_id TEXT NOT NULL, device_id TEXT NOT NULL, keys TEXT NOT NULL,
  PRIMARY KEY (owner, user_id, device_id)
) WITHOUT ROWID;
-- A claimed key leaves its id behind (key is then empty), so that a repeated upload cannot bring it back.
CREATE TABLE users_one_time_keys (
  owner INTEGER NOT NULL, user_id TEXT NOT NULL, device_id TEXT NOT NULL, algorithm TEXT NOT NULL, key_id TEXT NOT NULL,
  number INTEGER NOT NULL, key TEXT NOT NULL,
  PRIMARY KEY (owner, user_id, device_id, algorithm, key_id)
) WITHOUT ROWID;
CREATE TABLE users_fallback_keys (
  owner INTEGER NOT NULL, user_id TEXT NOT NULL, device_id TEXT NOT NULL, algorithm TEXT NOT NULL, key_id TEXT NOT NULL,
  key TEXT NOT NULL, used INTEGER NOT NULL,
  PRIMARY KEY (owner, user_id, device_id, algorithm)
) WITHOUT ROWID;
CREATE TABLE users_cross_signing_keys (
  owner INTEGER NOT NULL, user_id TEXT NOT NULL, usage TEXT NOT NULL, public_key TEXT NOT NULL, key TEXT NOT NULL,
  PRIMARY KEY (owner, user_id, usage)
) WITHOUT ROWID;
-- Signatures that came by keys/signatures/upload. A signature on another user's key is shown to its signer alone.
CREATE TABLE users_key_signatures (
  owner INTEGER NOT NULL, user_id TEXT NOT NULL, target TEXT NOT NULL, signer TEXT NOT NULL, key_id TEXT NOT NULL,
  signature TEXT NOT NULL,
  PRIMARY KEY (owner, user_id, target, signer, key_id)
) WITHOUT ROWID;
`;

/** A user's dehydrated device, encrypted by a key that the server never sees. Its public keys and messages stand with the others'. */
export const dehydratedStep = `
CREATE TABLE users_dehydrated_devices (
  owner INTEGER NOT NULL, user_id TEXT NOT NULL, device_id TEXT NOT NULL, device_data TEXT NOT NULL, display_name TEXT,
  PRIMARY KEY (owner, user_id)
) WITHOUT ROWID;
`;
