// Tables of account data and filters: one step of the Users schema.

export const dataStep = `
-- room_id is empty for global account data. pos is where in the stream it was last changed.
CREATE TABLE users_account_data (
  owner INTEGER NOT NULL, user_id TEXT NOT NULL, room_id TEXT NOT NULL, type TEXT NOT NULL, content TEXT NOT NULL, pos INTEGER NOT NULL,
  PRIMARY KEY (owner, user_id, room_id, type)
) WITHOUT ROWID;
CREATE TABLE users_filters (
  owner INTEGER NOT NULL, user_id TEXT NOT NULL, filter_id TEXT NOT NULL, filter TEXT NOT NULL,
  PRIMARY KEY (owner, user_id, filter_id)
) WITHOUT ROWID;
`;
