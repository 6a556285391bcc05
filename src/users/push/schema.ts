// Tables of push rules and unread counts: one step of the Users schema.

export const pushStep = `
-- What was found when the event was judged; NULL for what can notify of nothing and is not counted.
ALTER TABLE users_room_entries ADD COLUMN note TEXT;
ALTER TABLE users_memberships ADD COLUMN display_name TEXT;
-- Numbers for what notes are about.
CREATE TABLE users_words (
  owner INTEGER NOT NULL, number INTEGER NOT NULL, word TEXT NOT NULL,
  PRIMARY KEY (owner, number)
) WITHOUT ROWID;
CREATE UNIQUE INDEX users_words_word ON users_words (owner, word);
-- Which rules a user had up to a position of the stream, newest last.
CREATE TABLE users_push_history (
  owner INTEGER NOT NULL, user_id TEXT NOT NULL, until INTEGER NOT NULL, classes TEXT NOT NULL,
  PRIMARY KEY (owner, user_id, until)
) WITHOUT ROWID;
-- How far a user has read in a room, and what was unread at a position of its log. pos is where in the stream it last changed.
CREATE TABLE users_unread (
  owner INTEGER NOT NULL, user_id TEXT NOT NULL, room INTEGER NOT NULL, pos INTEGER NOT NULL, since INTEGER NOT NULL,
  as_of INTEGER NOT NULL, voids INTEGER NOT NULL, read_all INTEGER NOT NULL, reads TEXT NOT NULL, counts TEXT NOT NULL,
  PRIMARY KEY (owner, user_id, room)
) WITHOUT ROWID;
-- Events that were counted and then redacted, numbered within their room, with what had been noted of them.
CREATE TABLE users_voids (
  owner INTEGER NOT NULL, room INTEGER NOT NULL, number INTEGER NOT NULL, pos INTEGER NOT NULL, room_pos INTEGER NOT NULL,
  note TEXT NOT NULL,
  PRIMARY KEY (owner, room, number)
) WITHOUT ROWID;
`;

/** Where users want to be notified. A pusher ends with the device that set it last. */
export const pushersStep = `
CREATE TABLE users_pushers (
  owner INTEGER NOT NULL, user_id TEXT NOT NULL, app_id TEXT NOT NULL, pushkey TEXT NOT NULL, device_id TEXT,
  set_at INTEGER NOT NULL, about TEXT NOT NULL,
  PRIMARY KEY (owner, user_id, app_id, pushkey)
) WITHOUT ROWID;
CREATE INDEX users_pushers_key ON users_pushers (owner, app_id, pushkey);
`;
