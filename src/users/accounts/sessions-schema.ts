// Tables of sessions whose access tokens expire, of tokens for other purposes, and of what a deactivated account has yet to
// leave: one step of the Users schema.

export const sessionsStep = `
ALTER TABLE users_accounts ADD COLUMN guest INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users_accounts ADD COLUMN locked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users_accounts ADD COLUMN suspended INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users_accounts ADD COLUMN erased INTEGER NOT NULL DEFAULT 0;
-- The authentication session that registered the account, whose registration token is counted once Home has heard of it.
ALTER TABLE users_accounts ADD COLUMN registered_by TEXT;
-- session goes up with every login on the device; generation is that of the newest token that was used.
ALTER TABLE users_devices ADD COLUMN session INTEGER NOT NULL DEFAULT 1;
ALTER TABLE users_devices ADD COLUMN generation INTEGER NOT NULL DEFAULT 0;
-- Both NULL for tokens that do not expire.
ALTER TABLE users_tokens ADD COLUMN generation INTEGER;
ALTER TABLE users_tokens ADD COLUMN expires_at INTEGER;
-- Tokens that are no access tokens: kind is refresh, login or openid. They end with their device.
CREATE TABLE users_other_tokens (
  owner INTEGER NOT NULL, kind TEXT NOT NULL, hash INTEGER NOT NULL, digest BLOB NOT NULL, user_id TEXT NOT NULL,
  device_id TEXT NOT NULL, generation INTEGER NOT NULL, expires_at INTEGER,
  PRIMARY KEY (owner, kind, hash, digest)
) WITHOUT ROWID;
CREATE INDEX users_other_tokens_device ON users_other_tokens (owner, user_id, device_id);
-- Rooms that a deactivated account has yet to leave. erased: whether the room is also to hear of its erasure.
CREATE TABLE users_farewells (
  owner INTEGER NOT NULL, user_id TEXT NOT NULL, room_id TEXT NOT NULL, erased INTEGER NOT NULL,
  PRIMARY KEY (owner, user_id, room_id)
) WITHOUT ROWID;
`;

/** born: where the stream stood when the device was made, so that it is told apart from an earlier one of its id. */
export const bornStep = `
ALTER TABLE users_devices ADD COLUMN born INTEGER NOT NULL DEFAULT 0;
`;
