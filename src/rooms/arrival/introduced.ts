// What another server tells of a room that it invites our user to, or that our user knocks on: checked, and cut down to what
// clients are shown. https://spec.matrix.org/v1.19/server-server-api/#inviting-to-a-room
import { readPdu } from '../../events/read-pdu.ts';
import type { RoomVersion } from '../../events/room-version.ts';
import { readStrippedState, strippedState } from '../../events/stripped-state.ts';
import { invalidParam } from '../../spec/errors.ts';
import type { JsonObject } from '../../spec/json.ts';
import { JsonError, type JsonReading, readJson } from '../../spec/strict-json.ts';

/** Entries that are looked at; there are seven types to show, and whoever invites. */
const ENTRIES_MAX = 50;
/** Characters of all that is kept. */
const KEPT_MAX = 32_000;

/**
 * What there is to show. Where rooms are named by their create event, an invite is to prove what it says: throws 400
 * M_INVALID_PARAM if an entry is no event of the room, or the create event is missing.
 */
export function introducedBy(
  texts: readonly string[],
  version: RoomVersion,
  roomId: string,
  { proven }: { readonly proven: boolean },
): JsonObject[] {
  const shown: JsonObject[] = [];
  let creates = false;
  let left = KEPT_MAX;
  for (const text of texts.slice(0, ENTRIES_MAX)) {
    const json = parsed(text);
    const value = json?.value;
    const reading = json === undefined ? undefined : readPdu(json.value, version, { integersOnly: json.integersOnly });
    const ofRoom = reading?.ok === true && reading.pdu.roomId === roomId && reading.pdu.stateKey !== undefined;
    if (ofRoom && reading.pdu.type === 'm.room.create') creates = true;
    if (proven && !ofRoom) throw invalidParam('invite_room_state holds what is no event of the room.');
    const stripped = ofRoom ? strippedState(reading.pdu) : value === undefined ? undefined : readStrippedState(value);
    if (stripped === undefined) continue;
    left -= JSON.stringify(stripped).length;
    if (left >= 0) shown.push(stripped);
  }
  if (proven && !creates) throw invalidParam('invite_room_state lacks the m.room.create event.');
  return shown;
}

function parsed(text: string): JsonReading | undefined {
  try {
    return readJson(text);
  } catch (error) {
    if (error instanceof JsonError) return undefined;
    throw error;
  }
}
