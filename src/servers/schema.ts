// The tables of a Servers object.
import type { Schema } from '../ports/sql.ts';
import { outboundTables, retriedTransactions } from './outbound/schema.ts';

export const serversSchema: Schema = {
  object: 'servers',
  steps: [
    `
    -- Keys of other servers. valid_until: of a verify key; expired: of an old one. Times in milliseconds since the epoch.
    CREATE TABLE servers_keys (
      owner INTEGER NOT NULL, server_name TEXT NOT NULL, key_id TEXT NOT NULL, key TEXT NOT NULL,
      valid_until INTEGER, expired INTEGER,
      PRIMARY KEY (owner, server_name, key_id)
    ) WITHOUT ROWID;
    CREATE TABLE servers_key_answers (
      owner INTEGER NOT NULL, server_name TEXT NOT NULL, valid_until INTEGER NOT NULL, text TEXT NOT NULL,
      PRIMARY KEY (owner, server_name)
    );

    -- Transactions that were answered.
    CREATE TABLE servers_transactions (
      owner INTEGER NOT NULL, id INTEGER NOT NULL, origin TEXT NOT NULL, transaction_id TEXT NOT NULL, answer TEXT NOT NULL,
      PRIMARY KEY (owner, id)
    );
    CREATE UNIQUE INDEX servers_transactions_name ON servers_transactions (owner, origin, transaction_id);
    -- PDUs that wait for rooms that were too busy.
    CREATE TABLE servers_waiting (
      owner INTEGER NOT NULL, id INTEGER NOT NULL, origin TEXT NOT NULL, room_id TEXT NOT NULL, bytes INTEGER NOT NULL,
      text TEXT NOT NULL,
      PRIMARY KEY (owner, id)
    );
    CREATE INDEX servers_waiting_room ON servers_waiting (owner, room_id, id);
    CREATE INDEX servers_waiting_origin ON servers_waiting (owner, origin, room_id, bytes);

    -- Rooms to work on. due_at: when, or while it is leased when the lease ends. stamp counts how often it was asked for.
    CREATE TABLE servers_room_work (
      owner INTEGER NOT NULL, room_id TEXT NOT NULL, due_at INTEGER NOT NULL, tries INTEGER NOT NULL, stamp INTEGER NOT NULL,
      PRIMARY KEY (owner, room_id)
    ) WITHOUT ROWID;
    CREATE INDEX servers_room_work_due ON servers_room_work (owner, due_at);
    `,
    outboundTables,
    retriedTransactions,
  ],
};
