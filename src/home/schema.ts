// Home's tables.
import type { Schema } from '../ports/sql.ts';

export const homeSchema: Schema = {
  object: 'home',
  steps: [
    `
    CREATE TABLE home_signing_keys (
      owner INTEGER NOT NULL, key_id TEXT NOT NULL, seed BLOB NOT NULL, made_at INTEGER NOT NULL,
      PRIMARY KEY (owner, key_id)
    ) WITHOUT ROWID;
    CREATE TABLE home_groups (
      owner INTEGER NOT NULL, number INTEGER NOT NULL, accounts INTEGER NOT NULL,
      PRIMARY KEY (owner, number)
    ) WITHOUT ROWID;
    CREATE TABLE home_names (
      owner INTEGER NOT NULL, localpart TEXT NOT NULL, group_number INTEGER NOT NULL, claimed_at INTEGER NOT NULL,
      confirmed INTEGER NOT NULL,
      PRIMARY KEY (owner, localpart)
    ) WITHOUT ROWID;
    CREATE TABLE home_registration_tokens (
      owner INTEGER NOT NULL, token TEXT NOT NULL, uses_allowed INTEGER, completed INTEGER NOT NULL, expires_at INTEGER,
      PRIMARY KEY (owner, token)
    ) WITHOUT ROWID;
    CREATE TABLE home_registration_holds (
      owner INTEGER NOT NULL, session TEXT NOT NULL, token TEXT NOT NULL, until INTEGER NOT NULL,
      PRIMARY KEY (owner, session)
    ) WITHOUT ROWID;
    CREATE TABLE home_nonces (
      owner INTEGER NOT NULL, nonce TEXT NOT NULL, until INTEGER NOT NULL,
      PRIMARY KEY (owner, nonce)
    ) WITHOUT ROWID;
    `,
    `
    CREATE TABLE home_reports (
      owner INTEGER NOT NULL, id INTEGER NOT NULL, at INTEGER NOT NULL, reporter TEXT NOT NULL, kind TEXT NOT NULL,
      room_id TEXT, event_id TEXT, user_id TEXT, reason TEXT NOT NULL,
      PRIMARY KEY (owner, id)
    ) WITHOUT ROWID;
    CREATE INDEX home_reports_reporter ON home_reports (owner, reporter, id);
    `,
    `
    -- Aliases. claimed_at: claimed for a room that is being made; NULL once the room is there.
    CREATE TABLE home_aliases (
      owner INTEGER NOT NULL, alias TEXT NOT NULL, room_id TEXT NOT NULL, creator TEXT NOT NULL, claimed_at INTEGER,
      PRIMARY KEY (owner, alias)
    ) WITHOUT ROWID;
    CREATE INDEX home_aliases_room ON home_aliases (owner, room_id, alias);
    CREATE INDEX home_aliases_claimed ON home_aliases (owner, claimed_at) WHERE claimed_at IS NOT NULL;

    -- Published rooms. A room that is no longer published keeps its row with joined 0, so that nothing late brings it back.
    CREATE TABLE home_published (
      owner INTEGER NOT NULL, room_id TEXT NOT NULL, publication INTEGER NOT NULL, room_pos INTEGER NOT NULL,
      joined INTEGER NOT NULL, room_type TEXT, search TEXT NOT NULL, chunk TEXT NOT NULL,
      PRIMARY KEY (owner, room_id)
    ) WITHOUT ROWID;
    CREATE INDEX home_published_order ON home_published (owner, joined DESC, room_id) WHERE joined > 0;
    `,
    // Claims that are no accounts yet: few, however many names there are.
    'CREATE INDEX home_names_unconfirmed ON home_names (owner, claimed_at) WHERE confirmed = 0;',
    `
    -- The server notices room of each user. pdu, drafted_at: the create event of a room that is being made; NULL once it is there.
    CREATE TABLE home_notice_rooms (
      owner INTEGER NOT NULL, user_id TEXT NOT NULL, room_id TEXT NOT NULL, pdu TEXT, drafted_at INTEGER,
      PRIMARY KEY (owner, user_id)
    ) WITHOUT ROWID;
    `,
    `
    -- Aliases that are gone, which their rooms have yet to stop naming, and who removed them.
    CREATE TABLE home_alias_drops (
      owner INTEGER NOT NULL, alias TEXT NOT NULL, room_id TEXT NOT NULL, user_id TEXT NOT NULL, grp INTEGER NOT NULL,
      PRIMARY KEY (owner, alias, room_id)
    ) WITHOUT ROWID;
    `,
    `
    CREATE INDEX home_aliases_creator ON home_aliases (owner, creator);
    -- How many rooms each user has begun.
    CREATE TABLE home_creations (
      owner INTEGER NOT NULL, user_id TEXT NOT NULL, rooms INTEGER NOT NULL,
      PRIMARY KEY (owner, user_id)
    ) WITHOUT ROWID;
    `,
  ],
};
