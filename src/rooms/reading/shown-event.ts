// An event as a client sees it: without the federation's members, with `unsigned` made for the viewer at this moment.
// https://spec.matrix.org/v1.19/client-server-api/#room-event-format
import { clientEvent } from '../../events/client-event.ts';
import { redactedPdu } from '../../events/redacted-pdu.ts';
import type { Json, JsonObject } from '../../spec/json.ts';
import type { Bundles } from '../relations/bundles.ts';
import type { RoomData } from '../room-data.ts';
import type { StoredEvent } from '../stored-event.ts';
import type { View } from '../visibility.ts';

/** What an event looks like for a viewer, and where. */
export interface Showing {
  readonly view: View;
  readonly deviceId: string | undefined;
  /** Absent in /sync, where the room is known from the place. */
  readonly withRoomId: boolean;
  /**
   * Whether `unsigned.membership` is told. It is another state to look into for each event, so long lists of state, whose
   * readers want to know what is, go without.
   */
  readonly withMembership: boolean;
  readonly format: 'client' | 'federation';
  /** What is told of an event's children; absent where nothing is. */
  readonly bundles?: Bundles | undefined;
  /** Now, in milliseconds since the epoch, for `unsigned.age`. */
  readonly now: number;
}

/** State events in one list that are shown with the viewer's membership at each. */
export const MEMBERSHIPS_SHOWN_MAX = 100;

export function shownEvent(data: RoomData, event: StoredEvent, showing: Showing): JsonObject {
  const pdu = showing.view.shown(event);
  if (showing.format === 'federation') {
    return {
      ...pdu.json,
      room_id: pdu.roomId,
      event_id: pdu.eventId,
      unsigned: unsignedOf(data, event, showing),
    };
  }
  return clientEvent(pdu, { roomId: showing.withRoomId, unsigned: unsignedOf(data, event, showing) });
}

/** The same as JSON text; what does not depend on the viewer is made once for each event. */
export function shownText(data: RoomData, event: StoredEvent, showing: Showing): string {
  const asItIs = showing.format === 'client' && !showing.withRoomId && showing.view.shown(event) === event.pdu;
  if (!asItIs) return JSON.stringify(shownEvent(data, event, showing));
  return `${commonText(data, event)},"unsigned":${JSON.stringify(unsignedOf(data, event, showing))}}`;
}

/** The event's text up to where `unsigned` is to follow. */
function commonText(data: RoomData, event: StoredEvent): string {
  const known = data.texts.get(event.number);
  if (known !== undefined) return known;
  const text = JSON.stringify(clientEvent(event.pdu, { roomId: false })).slice(0, -1);
  data.texts.set(event.number, text);
  return text;
}

/** Likewise, but without what only one viewer is told at one moment, which belongs between the two parts. */
export function sharedText(data: RoomData, event: StoredEvent, showing: Showing): { head: string; rest: string } {
  const pdu = showing.view.shown(event);
  const text =
    pdu === event.pdu ? commonText(data, event) : JSON.stringify(clientEvent(pdu, { roomId: false })).slice(0, -1);
  const common = JSON.stringify(commonUnsigned(data, event, showing));
  return {
    head: `${text},"unsigned":{"age":`,
    rest: common === '{}' ? '}}' : `,${common.slice(1)}}`,
  };
}

function unsignedOf(data: RoomData, event: StoredEvent, showing: Showing): JsonObject {
  const { pdu, transaction } = event;
  const unsigned: Record<string, Json> = { age: Math.max(0, showing.now - pdu.originServerTs) };
  if (showing.withMembership) unsigned['membership'] = showing.view.membershipAt(event);
  if (transaction !== undefined && pdu.sender === showing.view.userId && transaction.deviceId === showing.deviceId) {
    unsigned['transaction_id'] = transaction.id;
  }
  return { ...unsigned, ...commonUnsigned(data, event, showing) };
}

function commonUnsigned(data: RoomData, event: StoredEvent, showing: Showing): JsonObject {
  const unsigned: Record<string, Json> = {};
  if (event.replaces !== undefined) {
    const previous = data.byNumber(event.replaces);
    if (previous !== undefined) {
      unsigned['replaces_state'] = previous.pdu.eventId;
      // What came with the state that the room was joined with has no place of its own, and was shown as state.
      if (previous.outlier || showing.view.sees(previous)) {
        unsigned['prev_content'] = showing.view.shown(previous).content;
        // Not of the specification, but what clients find out by who invited the user to a direct chat.
        unsigned['prev_sender'] = previous.pdu.sender;
      }
    }
  }
  if (event.redactedBy !== undefined) {
    const redaction = data.byNumber(event.redactedBy);
    if (redaction !== undefined) unsigned['redacted_because'] = redactionFor(data, redaction, showing);
  }
  const relations = showing.bundles?.of(event, (child) => shownEvent(data, child, showing));
  if (relations !== undefined) unsigned['m.relations'] = relations;
  return unsigned;
}

/** The event that redacted another. Of one that the viewer may not see, because it left before, only the fact is told. */
function redactionFor(data: RoomData, redaction: StoredEvent, showing: Showing): JsonObject {
  if (showing.view.sees(redaction)) return clientEvent(redaction.pdu);
  return clientEvent(redactedPdu(redaction.pdu, data.version));
}
