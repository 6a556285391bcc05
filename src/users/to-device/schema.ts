// Tables of to-device messages: one step of the Users schema.

export const toDeviceStep = `
CREATE TABLE users_to_device (
  owner INTEGER NOT NULL, user_id TEXT NOT NULL, device_id TEXT NOT NULL, pos INTEGER NOT NULL, message TEXT NOT NULL,
  PRIMARY KEY (owner, user_id, device_id, pos)
) WITHOUT ROWID;
CREATE TABLE users_to_device_transactions (
  owner INTEGER NOT NULL, user_id TEXT NOT NULL, device_id TEXT NOT NULL, scope TEXT NOT NULL, transaction_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (owner, user_id, device_id, scope, transaction_id)
) WITHOUT ROWID;
`;

/** sender: whose message it is, so that who sends too much crowds out only their own; empty for messages from before. */
export const inboxStep = `
ALTER TABLE users_to_device ADD COLUMN sender TEXT NOT NULL DEFAULT '';
CREATE INDEX users_to_device_senders ON users_to_device (owner, user_id, device_id, sender, pos);
`;

/** number: a device's transactions in their order, whatever the clock says. `at` is used no more. */
export const transactionsStep = `
ALTER TABLE users_to_device_transactions ADD COLUMN number INTEGER NOT NULL DEFAULT 0;
`;
