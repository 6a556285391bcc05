// Tables of the stream: one step of the Users schema.

export const streamStep = `
-- One row. Positions below reserved may have been given out; a new instance goes on from there. epoch rises when data is restored.
CREATE TABLE users_stream (owner INTEGER NOT NULL PRIMARY KEY, epoch INTEGER NOT NULL, reserved INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE users_rooms (
  owner INTEGER NOT NULL, number INTEGER NOT NULL, room_id TEXT NOT NULL, epoch INTEGER NOT NULL, applied INTEGER NOT NULL,
  receipt_pos INTEGER NOT NULL, receipts_at INTEGER NOT NULL,
  PRIMARY KEY (owner, number)
) WITHOUT ROWID;
-- Where in the stream each entry of a room's log stands: one row for the whole group.
CREATE TABLE users_room_entries (
  owner INTEGER NOT NULL, room INTEGER NOT NULL, pos INTEGER NOT NULL, room_pos INTEGER NOT NULL,
  PRIMARY KEY (owner, room, pos)
) WITHOUT ROWID;
-- Memberships in the rooms that this group has users in. pos and room_pos are of the latest change; since is the position
-- at which a stay in the room began (0: not in it); stripped is what an invited or knocking user is shown.
CREATE TABLE users_memberships (
  owner INTEGER NOT NULL, room INTEGER NOT NULL, user_id TEXT NOT NULL, membership TEXT NOT NULL, pos INTEGER NOT NULL,
  room_pos INTEGER NOT NULL, since INTEGER NOT NULL, stripped TEXT,
  PRIMARY KEY (owner, room, user_id)
) WITHOUT ROWID;
-- When the devices or keys of a user last changed.
CREATE TABLE users_device_changes (
  owner INTEGER NOT NULL, user_id TEXT NOT NULL, pos INTEGER NOT NULL,
  PRIMARY KEY (owner, user_id)
) WITHOUT ROWID;
-- Users whose device change other groups have yet to hear of.
CREATE TABLE users_announcements (owner INTEGER NOT NULL, user_id TEXT NOT NULL, PRIMARY KEY (owner, user_id)) WITHOUT ROWID;
`;

/** left_at: the position at which the user's last stay in the room ended (0: there was none). */
export const leftAtStep = `
ALTER TABLE users_memberships ADD COLUMN left_at INTEGER NOT NULL DEFAULT 0;
`;

/** Whether the user has forgotten a room that they left. */
export const forgottenStep = 'ALTER TABLE users_memberships ADD COLUMN forgotten INTEGER NOT NULL DEFAULT 0;';
