// The table of presence: one step of the Users schema.

/** last_active is wall-clock milliseconds. online: whether the user was there when this was last written, at most a minute ago. */
export const presenceStep = `
CREATE TABLE users_presence (
  owner INTEGER NOT NULL, user_id TEXT NOT NULL, status_msg TEXT, last_active INTEGER, online INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (owner, user_id)
) WITHOUT ROWID;
`;
