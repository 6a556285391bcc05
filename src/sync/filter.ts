// A sync filter as the assembly needs it. https://spec.matrix.org/v1.19/client-server-api/#filtering
import { isObject, type JsonObject, member } from '../spec/json.ts';

export interface SyncFilter {
  readonly timeline: JsonObject;
  readonly state: JsonObject;
  readonly ephemeral: JsonObject;
  readonly roomAccountData: JsonObject;
  readonly accountData: JsonObject;
  readonly presence: JsonObject;
  readonly rooms: readonly string[] | undefined;
  readonly notRooms: readonly string[];
  readonly includeLeave: boolean;
  readonly eventFields: readonly string[] | undefined;
  readonly eventFormat: 'client' | 'federation';
  /** Whether the unread counts of threads are told apart from the room's. */
  readonly unreadThreads: boolean;
}

/** `filter` has been checked when it was defined or read. */
export function readSyncFilter(filter: JsonObject): SyncFilter {
  const room = part(filter, 'room');
  return {
    timeline: part(room, 'timeline'),
    state: part(room, 'state'),
    ephemeral: part(room, 'ephemeral'),
    roomAccountData: part(room, 'account_data'),
    accountData: part(filter, 'account_data'),
    presence: part(filter, 'presence'),
    rooms: texts(room, 'rooms'),
    notRooms: texts(room, 'not_rooms') ?? [],
    includeLeave: member(room, 'include_leave') === true,
    eventFields: texts(filter, 'event_fields'),
    eventFormat: member(filter, 'event_format') === 'federation' ? 'federation' : 'client',
    unreadThreads: member(part(room, 'timeline'), 'unread_thread_notifications') === true,
  };
}

/** Whether the filter lets a room into the answer at all. */
export function letsRoom(filter: SyncFilter, roomId: string): boolean {
  return !filter.notRooms.includes(roomId) && (filter.rooms === undefined || filter.rooms.includes(roomId));
}

/** Whether a filter of one kind of events lets a type (and the room it is in) pass. An empty list lets nothing pass. */
export function letsType(filter: JsonObject, type: string, roomId?: string): boolean {
  if ((texts(filter, 'not_types') ?? []).some((pattern) => matches(pattern, type))) return false;
  if (roomId !== undefined && (texts(filter, 'not_rooms') ?? []).includes(roomId)) return false;
  const [types, rooms] = [texts(filter, 'types'), roomId === undefined ? undefined : texts(filter, 'rooms')];
  return (
    (types === undefined || types.some((pattern) => matches(pattern, type))) &&
    (rooms === undefined || rooms.includes(roomId!))
  );
}

/** Whether a filter lets events of a sender pass. */
export function letsSender(filter: JsonObject, sender: string): boolean {
  const senders = texts(filter, 'senders');
  if ((texts(filter, 'not_senders') ?? []).includes(sender)) return false;
  return senders === undefined || senders.includes(sender);
}

/** `*` stands for any characters, in linear time. */
function matches(pattern: string, type: string): boolean {
  const parts = pattern.split('*');
  const [first = '', last = ''] = [parts[0], parts.at(-1)];
  if (parts.length === 1) return pattern === type;
  if (!type.startsWith(first) || !type.endsWith(last) || type.length < first.length + last.length) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = type.indexOf(part, at);
    if (found < 0 || found + part.length > type.length - last.length) return false;
    at = found + part.length;
  }
  return true;
}

function part(object: JsonObject, name: string): JsonObject {
  const value = member(object, name);
  return isObject(value) ? value : {};
}

function texts(object: JsonObject, name: string): readonly string[] | undefined {
  const value = member(object, name);
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : undefined;
}
