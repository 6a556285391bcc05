// Tables of accounts: one step of the Users schema.

export const accountsStep = `
CREATE TABLE users_accounts (
  owner INTEGER NOT NULL, user_id TEXT NOT NULL, password_hash TEXT, admin INTEGER NOT NULL, deactivated INTEGER NOT NULL,
  made_at INTEGER NOT NULL,
  PRIMARY KEY (owner, user_id)
) WITHOUT ROWID;
CREATE TABLE users_devices (
  owner INTEGER NOT NULL, user_id TEXT NOT NULL, device_id TEXT NOT NULL, display_name TEXT,
  last_seen_ip TEXT, last_seen_ts INTEGER, user_agent TEXT,
  PRIMARY KEY (owner, user_id, device_id)
) WITHOUT ROWID;
-- Only a hash of a token is kept: hash is its first 48 bits, digest all of it.
CREATE TABLE users_tokens (
  owner INTEGER NOT NULL, hash INTEGER NOT NULL, digest BLOB NOT NULL, user_id TEXT NOT NULL, device_id TEXT NOT NULL,
  PRIMARY KEY (owner, hash, digest)
) WITHOUT ROWID;
CREATE INDEX users_tokens_device ON users_tokens (owner, user_id, device_id);
CREATE TABLE users_uia_sessions (
  owner INTEGER NOT NULL, session TEXT NOT NULL, operation TEXT NOT NULL, user_id TEXT, body TEXT NOT NULL, completed TEXT NOT NULL,
  until INTEGER NOT NULL,
  PRIMARY KEY (owner, session)
) WITHOUT ROWID;
CREATE TABLE users_profiles (
  owner INTEGER NOT NULL, user_id TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (owner, user_id, key)
) WITHOUT ROWID;
-- Rooms whose member event has yet to follow a changed profile.
CREATE TABLE users_profile_errands (
  owner INTEGER NOT NULL, user_id TEXT NOT NULL, room_id TEXT NOT NULL,
  PRIMARY KEY (owner, user_id, room_id)
) WITHOUT ROWID;
`;

/** Deactivated accounts of which something has yet to be deleted. */
export const remainsStep = `
CREATE TABLE users_remains (owner INTEGER NOT NULL, user_id TEXT NOT NULL, PRIMARY KEY (owner, user_id)) WITHOUT ROWID;
`;
