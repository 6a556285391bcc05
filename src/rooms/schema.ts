// A Room's tables. Whatever a row can be found by is a small integer: a page of a table then holds the events of one time,
// and a commit touches few pages. Random keys (event ids, transaction ids) are 48 bits of a hash, confirmed by the row.
import type { Schema } from '../ports/sql.ts';

const first = `
  -- One row: what a room is, and where it stands. Changed by every event.
  CREATE TABLE room_info (
    owner INTEGER NOT NULL PRIMARY KEY,
    version TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    event_count INTEGER NOT NULL,
    key_count INTEGER NOT NULL,
    room_pos INTEGER NOT NULL,
    receipt_pos INTEGER NOT NULL,
    root INTEGER NOT NULL,
    depth INTEGER NOT NULL,
    extremities TEXT NOT NULL,
    joined INTEGER NOT NULL,
    invited INTEGER NOT NULL
  ) WITHOUT ROWID;

  -- Every event, numbered in the order it came. json is the PDU, or what a redaction left of it; root_after is NULL
  -- where it is root_before; replaces is the event that stood for the same key in the state before.
  CREATE TABLE room_events (
    owner INTEGER NOT NULL,
    number INTEGER NOT NULL,
    id_hash INTEGER NOT NULL,
    event_id TEXT NOT NULL,
    json TEXT NOT NULL,
    room_pos INTEGER,
    root_before INTEGER NOT NULL,
    root_after INTEGER,
    verdict INTEGER NOT NULL,
    reason TEXT,
    replaces INTEGER,
    redacted_by INTEGER,
    device_id TEXT,
    txn_id TEXT,
    PRIMARY KEY (owner, number)
  );
  CREATE INDEX room_events_id ON room_events (owner, id_hash);

  -- The log: what happened to the room, in the order that everybody is told. root is the current state after it.
  CREATE TABLE room_log (
    owner INTEGER NOT NULL,
    room_pos INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    number INTEGER,
    root INTEGER NOT NULL,
    PRIMARY KEY (owner, room_pos)
  ) WITHOUT ROWID;

  CREATE TABLE room_keys (
    owner INTEGER NOT NULL,
    type TEXT NOT NULL,
    state_key TEXT NOT NULL,
    key INTEGER NOT NULL,
    PRIMARY KEY (owner, type, state_key)
  ) WITHOUT ROWID;

  -- Rows of the state maps' nodes: all that one change made new.
  CREATE TABLE room_nodes (
    owner INTEGER NOT NULL,
    id INTEGER NOT NULL,
    nodes BLOB NOT NULL,
    PRIMARY KEY (owner, id)
  ) WITHOUT ROWID;

  -- The current memberships. join_pos: where the user's latest stay began; left_pos: where it ended.
  CREATE TABLE room_members (
    owner INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    membership TEXT NOT NULL,
    number INTEGER NOT NULL,
    grp INTEGER,
    join_pos INTEGER,
    left_pos INTEGER,
    PRIMARY KEY (owner, user_id)
  ) WITHOUT ROWID;
  -- In the order in which the memberships came, for the first members of a large room.
  CREATE INDEX room_members_first ON room_members (owner, membership, number);

  -- The Users groups that are told of the room: how many of their users are in it (invites and knocks too), how far they
  -- are known to have been told, and how far they must be once nobody is left.
  CREATE TABLE room_groups (
    owner INTEGER NOT NULL,
    grp INTEGER NOT NULL,
    members INTEGER NOT NULL,
    told INTEGER NOT NULL,
    due INTEGER NOT NULL,
    PRIMARY KEY (owner, grp)
  ) WITHOUT ROWID;

  CREATE TABLE room_transactions (
    owner INTEGER NOT NULL,
    hash INTEGER NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (owner, hash, number)
  ) WITHOUT ROWID;

  -- thread_id is '' for unthreaded receipts.
  CREATE TABLE room_receipts (
    owner INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    type TEXT NOT NULL,
    thread_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    ts INTEGER NOT NULL,
    receipt_pos INTEGER NOT NULL,
    PRIMARY KEY (owner, user_id, type, thread_id)
  ) WITHOUT ROWID;
  CREATE INDEX room_receipts_pos ON room_receipts (owner, receipt_pos);
`;

const relations = `
  -- Which events relate to which: a row for each accepted event that does, none for others. parent is the parent's number, or
  -- a negative number made of its id while it is not here; sender is 48 bits of a hash, enough to count with.
  CREATE TABLE room_relations (
    owner INTEGER NOT NULL,
    parent INTEGER NOT NULL,
    room_pos INTEGER NOT NULL,
    child INTEGER NOT NULL,
    rel_type TEXT NOT NULL,
    sender INTEGER NOT NULL,
    PRIMARY KEY (owner, parent, room_pos)
  ) WITHOUT ROWID;
  -- The replies of all threads in order, for the list of threads.
  CREATE INDEX room_relations_threads ON room_relations (owner, room_pos, child) WHERE rel_type = 'm.thread';
`;

/** Local users whose accounts were erased, and how far the room was then. */
const erasures = `
  CREATE TABLE room_erasures (
    owner INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    room_pos INTEGER NOT NULL,
    PRIMARY KEY (owner, user_id)
  ) WITHOUT ROWID;
`;

const lifecycle = `
  -- One row in a room that is or was published. publication counts the changes of that; told is the state that the directory
  -- was told last, as far as was written down, or -1.
  CREATE TABLE room_listing (
    owner INTEGER NOT NULL PRIMARY KEY,
    published INTEGER NOT NULL,
    publication INTEGER NOT NULL,
    told INTEGER NOT NULL
  ) WITHOUT ROWID;

  -- One row while the room is being replaced: by which room, for whom, and since when. decided: the tombstone is there, the
  -- aliases have yet to move.
  CREATE TABLE room_upgrades (
    owner INTEGER NOT NULL PRIMARY KEY,
    new_room TEXT NOT NULL,
    user_id TEXT NOT NULL,
    grp INTEGER NOT NULL,
    begun_at INTEGER NOT NULL,
    decided INTEGER NOT NULL
  ) WITHOUT ROWID;
`;

const guests = `
  -- Guests who have joined, to leave when guests may be in the room no longer.
  CREATE TABLE room_guests (
    owner INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    grp INTEGER NOT NULL,
    PRIMARY KEY (owner, user_id)
  ) WITHOUT ROWID;
`;

/** The server of a member who is not ours. */
const membersElsewhere = `
  ALTER TABLE room_members ADD COLUMN server TEXT;
  CREATE INDEX room_members_server ON room_members (owner, server, number) WHERE server IS NOT NULL;
`;

const otherServers = `
  -- When other servers were in the room: what came after from_pos and up to until_pos is for them.
  CREATE TABLE room_stays (
    owner INTEGER NOT NULL,
    server TEXT NOT NULL,
    from_pos INTEGER NOT NULL,
    until_pos INTEGER,
    PRIMARY KEY (owner, server, from_pos)
  ) WITHOUT ROWID;
  CREATE INDEX room_stays_from ON room_stays (owner, from_pos);
  CREATE INDEX room_stays_until ON room_stays (owner, until_pos);

  -- Positions of events of other servers that are ours to send on.
  CREATE TABLE room_relays (
    owner INTEGER NOT NULL,
    room_pos INTEGER NOT NULL,
    PRIMARY KEY (owner, room_pos)
  ) WITHOUT ROWID;

  -- The shards of Servers that are told of the room, and how far they are known to have been told.
  CREATE TABLE room_shards (
    owner INTEGER NOT NULL,
    shard INTEGER NOT NULL,
    told INTEGER NOT NULL,
    PRIMARY KEY (owner, shard)
  ) WITHOUT ROWID;
`;

const authChains = `
  -- The index of auth chains: a row for each state event whose auth events all have one. chain names a chain by its first
  -- event, previous is the event before on it, continued whether another follows; reached is the auth chain, as the root of a
  -- map from chains to the last event reached; auth the numbers of the auth events.
  CREATE TABLE room_auth_chains (
    owner INTEGER NOT NULL,
    number INTEGER NOT NULL,
    chain INTEGER NOT NULL,
    previous INTEGER,
    continued INTEGER NOT NULL,
    reached INTEGER NOT NULL,
    auth TEXT NOT NULL,
    PRIMARY KEY (owner, number)
  ) WITHOUT ROWID;

  -- The same links the other way.
  CREATE TABLE room_auth_citations (
    owner INTEGER NOT NULL,
    cited INTEGER NOT NULL,
    citing INTEGER NOT NULL,
    PRIMARY KEY (owner, cited, citing)
  ) WITHOUT ROWID;

  -- Rooms that were begun before there was an index: the events from next on are not in it yet.
  CREATE TABLE room_auth_backlog (
    owner INTEGER NOT NULL PRIMARY KEY,
    next INTEGER NOT NULL
  ) WITHOUT ROWID;
  INSERT INTO room_auth_backlog (owner, next) SELECT owner, 0 FROM room_info;
`;

/** A room that was purged, and the epoch that it was in: should it begin again, it begins another one. */
const purges = `
  CREATE TABLE room_purges (
    owner INTEGER NOT NULL PRIMARY KEY,
    epoch INTEGER NOT NULL,
    under_way INTEGER NOT NULL
  ) WITHOUT ROWID;
`;

const receipt = `
  -- Events that are named as prev_events by events that are here, and were not here themselves when those came. hash is 48
  -- bits of the event's id, child the number of who names it; the child's own words decide. (In room_events, the verdict of
  -- an outlier has 3 added to it.)
  CREATE TABLE room_gaps (
    owner INTEGER NOT NULL,
    hash INTEGER NOT NULL,
    child INTEGER NOT NULL,
    PRIMARY KEY (owner, hash, child)
  ) WITHOUT ROWID;

  -- Accepted redactions that came before what they redact, likewise.
  CREATE TABLE room_early_redactions (
    owner INTEGER NOT NULL,
    hash INTEGER NOT NULL,
    redaction INTEGER NOT NULL,
    PRIMARY KEY (owner, hash, redaction)
  ) WITHOUT ROWID;

  -- Events of other servers that cannot be judged yet, as they came. wanted_by is the row that needs them, its own for what was
  -- sent to us; requests counts what has been asked for it.
  CREATE TABLE room_staged (
    owner INTEGER NOT NULL,
    id INTEGER NOT NULL,
    origin TEXT NOT NULL,
    event_id TEXT NOT NULL,
    json TEXT NOT NULL,
    role INTEGER NOT NULL,
    wanted_by INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    PRIMARY KEY (owner, id)
  ) WITHOUT ROWID;
`;

const arrivals = `
  -- outside: nobody of ours was ever in the room, and all that is known are memberships that others have told of.
  ALTER TABLE room_info ADD COLUMN outside INTEGER NOT NULL DEFAULT 0;

  -- What introduced the room to whom others have invited: stripped state, by the number of the membership event.
  CREATE TABLE room_introductions (
    owner INTEGER NOT NULL,
    number INTEGER NOT NULL,
    stripped TEXT NOT NULL,
    PRIMARY KEY (owner, number)
  ) WITHOUT ROWID;

  -- One row while the room is brought here. touched_at: when the last step was, milliseconds since the epoch; root, joined and
  -- invited: the state so far and how many of its members, ours not counted, are joined and invited.
  CREATE TABLE room_arrivals (
    owner INTEGER NOT NULL PRIMARY KEY,
    claim INTEGER NOT NULL,
    touched_at INTEGER NOT NULL,
    root INTEGER NOT NULL,
    joined INTEGER NOT NULL,
    invited INTEGER NOT NULL
  ) WITHOUT ROWID;
`;

const authContents = `
  -- Of redacted events, what the authorisation rules read of their contents as they were. Shown to nobody.
  CREATE TABLE room_auth_contents (
    owner INTEGER NOT NULL,
    number INTEGER NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (owner, number)
  ) WITHOUT ROWID;
`;

export const roomsSchema: Schema = {
  object: 'rooms',
  steps: [
    first,
    relations,
    erasures,
    lifecycle,
    guests,
    membersElsewhere,
    otherServers,
    authChains,
    purges,
    receipt,
    arrivals,
    authContents,
  ],
};
