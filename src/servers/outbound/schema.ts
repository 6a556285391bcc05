// The tables of what is sent to other servers.

/** Where the transaction ends that a server in trouble has not taken: it goes out again as it was. */
export const retriedTransactions = `
  ALTER TABLE servers_destinations ADD COLUMN retry_up_to INTEGER;
`;

export const outboundTables = `
  -- The rooms that have told of themselves: how far, and the last event that was to be sent, for who has missed many.
  CREATE TABLE servers_rooms (
    owner INTEGER NOT NULL,
    room INTEGER NOT NULL,
    room_id TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    applied INTEGER NOT NULL,
    last_pos INTEGER NOT NULL,
    last_room_pos INTEGER NOT NULL,
    last_event_id TEXT,
    last_server TEXT,
    PRIMARY KEY (owner, room)
  );
  CREATE UNIQUE INDEX servers_rooms_id ON servers_rooms (owner, room_id);

  -- When a server was in a room: what came after from_pos and up to until_pos of the room's log is for it.
  CREATE TABLE servers_stays (
    owner INTEGER NOT NULL,
    server TEXT NOT NULL,
    room INTEGER NOT NULL,
    from_pos INTEGER NOT NULL,
    until_pos INTEGER,
    PRIMARY KEY (owner, server, room, from_pos)
  ) WITHOUT ROWID;
  CREATE INDEX servers_stays_room ON servers_stays (owner, room);

  -- The events to be sent, in one order for all destinations. server: whose event it is, and who need not be sent it.
  CREATE TABLE servers_stream (
    owner INTEGER NOT NULL,
    pos INTEGER NOT NULL,
    room INTEGER NOT NULL,
    room_pos INTEGER NOT NULL,
    event_id TEXT NOT NULL,
    server TEXT NOT NULL,
    PRIMARY KEY (owner, pos)
  ) WITHOUT ROWID;

  -- Up to where in the stream every server has all that is for it, but for those in servers_destinations.
  CREATE TABLE servers_outbound (
    owner INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    level INTEGER NOT NULL
  ) WITHOUT ROWID;

  -- Servers that could not be reached: how often in a row, and when they are tried again (milliseconds since the epoch).
  CREATE TABLE servers_destinations (
    owner INTEGER NOT NULL,
    server TEXT NOT NULL,
    cursor INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    retry_at INTEGER NOT NULL,
    PRIMARY KEY (owner, server)
  ) WITHOUT ROWID;
`;
