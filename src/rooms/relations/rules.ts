// What relations a client may not make. Servers may: then the relation is there, or is ignored.
// https://spec.matrix.org/v1.19/client-server-api/#avoiding-duplicate-annotations
import { relationOf, type Relation } from '../../events/relation.ts';
import { MatrixError } from '../../spec/errors.ts';
import type { Wish } from '../drafting/draft.ts';
import type { RoomData } from '../room-data.ts';
import type { StoredEvent } from '../stored-event.ts';
import { View } from '../visibility.ts';

/** One user's annotations of one event that are compared with a new one. */
const COMPARED_MAX = 1000;

/**
 * Throws 400 M_DUPLICATE_ANNOTATION for the same annotation once more, 400 M_UNKNOWN for a thread on an event that relates to
 * another itself. An event that relates to none costs nothing.
 */
export function checkRelation(data: RoomData, wish: Wish): void {
  if (wish.stateKey !== undefined) return;
  const relation = relationOf(wish.content);
  if (relation?.relType !== 'm.annotation' && relation?.relType !== 'm.thread') return;
  const parent = data.byId(relation.eventId);
  // Of what the sender cannot see nothing is told.
  if (parent === undefined || !new View(data, wish.sender).sees(parent)) return;
  if (relation.relType === 'm.thread') {
    // "That is, one with an `m.relates_to` property with a `rel_type`": a rich reply may well begin a thread.
    if (relationOf(parent.pdu.content) !== undefined)
      throw new MatrixError(400, 'M_UNKNOWN', 'A thread cannot begin at an event that relates to another.');
  } else if (isAnnotated(data, parent, wish, relation)) {
    throw new MatrixError(400, 'M_DUPLICATE_ANNOTATION', 'You have annotated this event so already.');
  }
}

/** A redacted annotation is none any more: it has no row. */
function isAnnotated(data: RoomData, parent: StoredEvent, wish: Wish, { key }: Relation): boolean {
  const own = data.relations.children(parent.number, {
    relType: 'm.annotation',
    after: 0,
    to: Number.MAX_SAFE_INTEGER,
    newestFirst: true,
    limit: COMPARED_MAX,
    sender: wish.sender,
  });
  return data
    .many(own.map(({ number }) => number))
    .some(({ pdu }) => pdu.sender === wish.sender && pdu.type === wish.type && relationOf(pdu.content)?.key === key);
}
