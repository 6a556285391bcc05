// Tables of key backups: one step of the Users schema.

export const backupStep = `
CREATE TABLE users_backups (
  owner INTEGER NOT NULL, user_id TEXT NOT NULL, version INTEGER NOT NULL, algorithm TEXT NOT NULL, auth_data TEXT NOT NULL,
  etag INTEGER NOT NULL, keys INTEGER NOT NULL, deleted INTEGER NOT NULL,
  PRIMARY KEY (owner, user_id, version)
) WITHOUT ROWID;
CREATE TABLE users_backup_keys (
  owner INTEGER NOT NULL, user_id TEXT NOT NULL, version INTEGER NOT NULL, room_id TEXT NOT NULL, session_id TEXT NOT NULL,
  data TEXT NOT NULL,
  PRIMARY KEY (owner, user_id, version, room_id, session_id)
) WITHOUT ROWID;
`;
