// What the Users groups are told of the room's log.
import { STRIPPED_STATE_TYPES, strippedState } from '../../events/stripped-state.ts';
import { member, type JsonObject } from '../../spec/json.ts';
import type { LogEntry, MembershipEntry } from '../../ports/contracts/room.ts';
import type { RoomData } from '../room-data.ts';
import type { LogRow } from '../store/log.ts';
import type { StoredEvent } from '../stored-event.ts';

const INTRODUCTIONS_MAX = 8;

/** The log after a position and up to another, at most `limit` entries. */
export function entriesAfter(data: RoomData, after: number, to: number, limit: number): LogEntry[] {
  const rows = data.log.forward(after, to, limit);
  const entries: LogEntry[] = [];
  let root = data.log.rootAt(after);
  let introductions = 0;
  for (const row of rows) {
    const entry = entryOf(data, row, root);
    root = row.root;
    entries.push(entry);
    introductions += entry.memberships.filter((change) => change.strippedState !== undefined).length;
    // A call holds less than 1 MB, and a topic alone may have 64 KB.
    if (introductions >= INTRODUCTIONS_MAX) break;
  }
  return entries;
}

/** `before`: the current state before the entry; undefined at the beginning. */
export function entryOf(data: RoomData, row: LogRow, before: number | undefined): LogEntry {
  const event = row.number === undefined ? undefined : data.byNumber(row.number);
  const memberships = before === row.root ? [] : membershipsOf(data, before, row.root);
  const encrypted = event?.pdu.type === 'm.room.encryption' && event.pdu.stateKey === '';
  return {
    roomPos: row.roomPos,
    kind: row.kind,
    ...(event === undefined ? {} : { event: eventFacts(event) }),
    memberships,
    ...(encrypted ? { encrypted } : {}),
  };
}

function eventFacts(event: StoredEvent): NonNullable<LogEntry['event']> {
  const { pdu } = event;
  return {
    eventId: pdu.eventId,
    type: pdu.type,
    ...(pdu.stateKey === undefined ? {} : { stateKey: pdu.stateKey }),
    sender: pdu.sender,
    originServerTs: pdu.originServerTs,
  };
}

function membershipsOf(data: RoomData, before: number | undefined, after: number): MembershipEntry[] {
  const entries: MembershipEntry[] = [];
  for (const change of data.states.difference(before ?? data.states.empty, after)) {
    const event = change.after === undefined ? undefined : data.byNumber(change.after);
    if (event?.pdu.type !== 'm.room.member' || event.pdu.stateKey === undefined) continue;
    const previous = change.before === undefined ? undefined : data.byNumber(change.before);
    const membership = membershipOf(event);
    // Only who lives here is shown the room by us.
    const introduced = (membership === 'invite' || membership === 'knock') && data.groups.isLocal(event.pdu.stateKey);
    entries.push({
      userId: event.pdu.stateKey,
      membership,
      previous: previous === undefined ? undefined : membershipOf(previous),
      sender: event.pdu.sender,
      eventId: event.pdu.eventId,
      ...(introduced ? { strippedState: introduction(data, after, event) } : {}),
    });
  }
  return entries;
}

export function membershipOf(event: StoredEvent): string {
  const membership = member(event.pdu.content, 'membership');
  return typeof membership === 'string' ? membership : 'leave';
}

/** The room as who is invited or knocks is told of it: what introduces it, who invites, and the membership event itself. */
function introduction(data: RoomData, root: number, memberEvent: StoredEvent): JsonObject[] {
  const introducing = STRIPPED_STATE_TYPES.flatMap((type) => data.stateEvent(root, type, '') ?? []);
  const inviter = data.stateEvent(root, 'm.room.member', memberEvent.pdu.sender);
  const shown =
    inviter === undefined || inviter.number === memberEvent.number ? introducing : [...introducing, inviter];
  return [...shown, memberEvent].map((event) => strippedState(event.pdu));
}
