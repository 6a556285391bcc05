// How an event says that it relates to another. https://spec.matrix.org/v1.19/client-server-api/#forming-relationships-between-events
import { fitsIdentifier } from '../spec/identifiers/common-format.ts';
import { isObject, member, type JsonObject } from '../spec/json.ts';

export interface Relation {
  readonly relType: string;
  /** The event that it relates to, its parent. Nothing says yet that there is such an event. */
  readonly eventId: string;
  /** What an annotation says. */
  readonly key: string | undefined;
}

/**
 * Read from the cleartext, also of encrypted events. Undefined where there is none, and where it is malformed: "relationships
 * which don't match the schema […] are simply ignored". A rich reply alone is no relation: it has no `rel_type`.
 */
export function relationOf(content: JsonObject): Relation | undefined {
  const relatesTo = member(content, 'm.relates_to');
  if (!isObject(relatesTo)) return undefined;
  const [relType, eventId, key] = [
    member(relatesTo, 'rel_type'),
    member(relatesTo, 'event_id'),
    member(relatesTo, 'key'),
  ];
  if (typeof relType !== 'string' || relType === '' || !fitsIdentifier(relType)) return undefined;
  if (typeof eventId !== 'string' || !eventId.startsWith('$') || !fitsIdentifier(eventId)) return undefined;
  return { relType, eventId, key: typeof key === 'string' ? key : undefined };
}
