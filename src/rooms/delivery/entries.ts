// What the Users groups are told of the room's log.
import { DUMMY_EVENT } from '../../events/dummy-event.ts';
import { STRIPPED_STATE_TYPES, strippedState } from '../../events/stripped-state.ts';
import { member, type JsonObject } from '../../spec/json.ts';
import type { LogEntry, MembershipEntry } from '../../ports/contracts/room.ts';
import type { RoomData } from '../room-data.ts';
import type { LogRow } from '../store/log.ts';
import type { StoredEvent } from '../stored-event.ts';
import { pushFactsOf } from './push-facts.ts';

const INTRODUCTIONS_MAX = 8;
/** A call holds less than 1 MB. */
const CONTENTS_MAX = 400_000;

/** The log after a position and up to another, at most `limit` entries. */
export function entriesAfter(data: RoomData, after: number, to: number, limit: number): LogEntry[] {
  const rows = data.log.forward(after, to, limit);
  const entries: LogEntry[] = [];
  let root = data.log.rootAt(after);
  let introductions = 0;
  let contents = 0;
  for (const row of rows) {
    const entry = entryOf(data, row, root);
    root = row.root;
    entries.push(entry);
    introductions += entry.memberships.filter((change) => change.strippedState !== undefined).length;
    // A call holds less than 1 MB, and a topic alone may have 64 KB.
    if (introductions >= INTRODUCTIONS_MAX) break;
    // One event is small enough by itself.
    if (rows.length > 1) contents += JSON.stringify(entry.event?.push?.content ?? {}).length;
    if (contents >= CONTENTS_MAX) break;
  }
  return rows.length > 1 ? withJoined(data, entries) : entries;
}

/** How many users were joined after each entry, where the last is the end of the log; what lags further behind is told how many are. */
function withJoined(data: RoomData, entries: readonly LogEntry[]): LogEntry[] {
  if (entries.at(-1)?.roomPos !== data.begun?.roomPos) return [...entries];
  let joined = data.begun?.joined ?? 0;
  const told: LogEntry[] = [];
  for (const entry of entries.toReversed()) {
    const push = entry.event?.push;
    told.push(push === undefined ? entry : { ...entry, event: { ...entry.event!, push: { ...push, joined } } });
    for (const { membership, previous } of entry.memberships)
      joined += Number(previous === 'join') - Number(membership === 'join');
  }
  return told.reverse();
}

/** `before`: the current state before the entry; undefined at the beginning. */
export function entryOf(data: RoomData, row: LogRow, before: number | undefined): LogEntry {
  const event = row.number === undefined ? undefined : data.byNumber(row.number);
  const memberships = before === row.root ? [] : membershipsOf(data, before, row.root);
  const encrypted = event?.pdu.type === 'm.room.encryption' && event.pdu.stateKey === '';
  return {
    roomPos: row.roomPos,
    kind: row.kind,
    ...(event === undefined ? {} : { event: eventFacts(data, event, row.root) }),
    memberships,
    ...(encrypted ? { encrypted } : {}),
  };
}

function eventFacts(data: RoomData, event: StoredEvent, root: number): NonNullable<LogEntry['event']> {
  const { pdu } = event;
  const redacts = redactedBy(data, event);
  return {
    eventId: pdu.eventId,
    type: pdu.type,
    ...(pdu.stateKey === undefined ? {} : { stateKey: pdu.stateKey }),
    sender: pdu.sender,
    originServerTs: pdu.originServerTs,
    ...(event.redactedBy === undefined && pdu.type !== DUMMY_EVENT ? { push: pushFactsOf(data, event, root) } : {}),
    ...(redacts?.roomPos === undefined ? {} : { redacts: redacts.roomPos }),
    ...(redacts?.pdu.stateKey === undefined ? {} : { redactedState: strippedState(redacts.pdu) }),
  };
}

/** The event that this one has pruned; undefined if it pruned none. */
function redactedBy(data: RoomData, event: StoredEvent): StoredEvent | undefined {
  const { type, redacts } = event.pdu;
  const target = type === 'm.room.redaction' && redacts !== undefined ? data.byId(redacts) : undefined;
  return target?.redactedBy === event.number ? target : undefined;
}

function membershipsOf(data: RoomData, before: number | undefined, after: number): MembershipEntry[] {
  const entries: MembershipEntry[] = [];
  for (const change of data.states.difference(before ?? data.states.empty, after)) {
    const now = change.after === undefined ? undefined : data.byNumber(change.after);
    const previous = change.before === undefined ? undefined : data.byNumber(change.before);
    if (now !== undefined || previous === undefined) {
      const entry = now === undefined ? undefined : entryOfMember(data, after, now, previous);
      if (entry !== undefined) entries.push(entry);
      continue;
    }
    // Where branches met, nothing may be left of a membership: who had it is out, and no event says so.
    const { type, stateKey: userId, sender, eventId } = previous.pdu;
    if (type === 'm.room.member' && userId !== undefined)
      entries.push({ userId, membership: 'leave', previous: membershipOf(previous), sender, eventId });
  }
  return entries;
}

/** What a group is told of a member event in a state; undefined for what is none. */
export function entryOfMember(
  data: RoomData,
  root: number,
  event: StoredEvent,
  previous?: StoredEvent,
): MembershipEntry | undefined {
  const { type, stateKey: userId, sender, eventId } = event.pdu;
  if (type !== 'm.room.member' || userId === undefined) return undefined;
  const membership = membershipOf(event);
  const isLocal = data.groups.isLocal(userId);
  // Only who lives here is shown the room by us.
  const introduced = (membership === 'invite' || membership === 'knock') && isLocal;
  return {
    userId,
    membership,
    previous: previous === undefined ? undefined : membershipOf(previous),
    sender,
    eventId,
    ...(membership === 'join' && isLocal ? displayNameOf(event) : {}),
    ...(introduced ? { strippedState: introduction(data, root, event) } : {}),
  };
}

export function membershipOf(event: StoredEvent): string {
  const membership = member(event.pdu.content, 'membership');
  return typeof membership === 'string' ? membership : 'leave';
}

function displayNameOf(event: StoredEvent): { displayName?: string } {
  const name = member(event.pdu.content, 'displayname');
  return typeof name === 'string' && name !== '' ? { displayName: name } : {};
}

/** The room as who is invited or knocks is told of it: what introduces it, who invites, and the membership event itself. */
function introduction(data: RoomData, root: number, memberEvent: StoredEvent): JsonObject[] {
  const told = data.introductions.get(memberEvent.number);
  if (told !== undefined) return [...told, strippedState(memberEvent.pdu)];
  const introducing = STRIPPED_STATE_TYPES.flatMap((type) => data.stateEvent(root, type, '') ?? []);
  const inviter = data.stateEvent(root, 'm.room.member', memberEvent.pdu.sender);
  const shown =
    inviter === undefined || inviter.number === memberEvent.number ? introducing : [...introducing, inviter];
  // Who is shown this comes after any erasure.
  const nobody = (): boolean => false;
  return [...shown, memberEvent].map((event) => strippedState(data.erasures.shown(event, nobody)));
}
