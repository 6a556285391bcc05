// Keeps the index of relations in step with the events, in the commit that stores, redacts or receives them.
// https://spec.matrix.org/v1.19/client-server-api/#forming-relationships-between-events
import { relationOf } from '../../events/relation.ts';
import type { RoomData } from '../room-data.ts';
import { absentParent, type Child } from '../store/relations.ts';
import type { StoredEvent } from '../stored-event.ts';

/** Children that came before their parent and are looked at when it comes. */
const ORPHANS_MAX = 1000;

/** Notes what an event relates to; an event that relates to none costs nothing. */
export function relate(data: RoomData, event: StoredEvent, roomPos: number): void {
  const relation = relationOf(event.pdu.content);
  if (relation === undefined) return;
  const parent = data.byId(relation.eventId)?.number ?? absentParent(relation.eventId);
  data.relations.put({ parent, roomPos, number: event.number, relType: relation.relType }, event.pdu.sender);
}

/** "When a child event is redacted then the relationship is broken." `event` is what stood before the redaction. */
export function unrelate(data: RoomData, event: StoredEvent): void {
  const relation = relationOf(event.pdu.content);
  if (relation === undefined || event.roomPos === undefined) return;
  const parent = data.byId(relation.eventId)?.number;
  if (parent !== undefined) data.relations.remove(parent, event.roomPos);
  data.relations.remove(absentParent(relation.eventId), event.roomPos);
}

/** Finds the children that came before their parent. */
export function adoptChildren(data: RoomData, parent: StoredEvent): void {
  if (!data.relations.hasOrphans) return;
  for (const child of orphansOf(data, parent.pdu.eventId)) data.relations.adopt(child, parent.number);
}

function orphansOf(data: RoomData, eventId: string): Child[] {
  const everything = {
    relType: undefined,
    after: 0,
    to: Number.MAX_SAFE_INTEGER,
    newestFirst: true,
    limit: ORPHANS_MAX,
  };
  // Two ids may share a hash: the child's own words decide.
  return data.relations.children(absentParent(eventId), everything).filter((child) => {
    const event = data.byNumber(child.number);
    return event !== undefined && relationOf(event.pdu.content)?.eventId === eventId;
  });
}
