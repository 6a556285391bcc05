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
  ],
};
