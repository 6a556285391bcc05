// An event in the format that clients see. https://spec.matrix.org/v1.19/client-server-api/#room-event-format
import type { Json, JsonObject } from '../spec/json.ts';
import type { Pdu } from './pdu.ts';

export interface ClientEventOptions {
  /** False where the room is known from where the event stands, as in /sync. Default true. */
  readonly roomId?: boolean;
  /** `unsigned` as this reader may see it; what another server put there is never passed on. */
  readonly unsigned?: JsonObject | undefined;
}

/**
 * `pdu` without what concerns servers only. The id of the event that a redaction redacts stands both at the top level and in
 * the content, whatever the room version, so that old clients and new ones find it.
 */
export function clientEvent(pdu: Pdu, options: ClientEventOptions = {}): JsonObject {
  const event: Record<string, Json> = {
    content: pdu.redacts === undefined ? pdu.content : { ...pdu.content, redacts: pdu.redacts },
    event_id: pdu.eventId,
    origin_server_ts: pdu.originServerTs,
    sender: pdu.sender,
    type: pdu.type,
  };
  if (options.roomId !== false) event['room_id'] = pdu.roomId;
  if (pdu.stateKey !== undefined) event['state_key'] = pdu.stateKey;
  if (pdu.redacts !== undefined) event['redacts'] = pdu.redacts;
  if (options.unsigned !== undefined) event['unsigned'] = options.unsigned;
  return event;
}
