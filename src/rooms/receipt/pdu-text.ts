// Reads events as other servers wrote them. https://spec.matrix.org/v1.19/server-server-api/#pdus
import { eventIdOf } from '../../events/event-id.ts';
import type { EventText } from '../../events/event-text.ts';
import type { Pdu } from '../../events/pdu.ts';
import { readPdu } from '../../events/read-pdu.ts';
import type { RoomVersion } from '../../events/room-version.ts';
import { isObject, type Json } from '../../spec/json.ts';
import { PDU_BYTES } from '../../spec/limits.ts';
import { JsonError, readJson } from '../../spec/strict-json.ts';

/** An event may be written with escapes and blanks, and carry what does not count: it is not read for ever. */
const TEXT_BYTES_MAX = 4 * PDU_BYTES;

export type TextReading =
  | { readonly pdu: Pdu; readonly canonical: EventText }
  /** The id where there is one to compute, so that whoever sent it can be told which it was. */
  | {
      readonly pdu: undefined;
      readonly canonical?: undefined;
      readonly eventId: string | undefined;
      readonly reason: string;
    };

export function readPduText(text: string, version: RoomVersion): TextReading {
  try {
    const { value, integersOnly } = readJson(text, { maxBytes: TEXT_BYTES_MAX });
    const reading = readPdu(value, version, { integersOnly });
    if (reading.ok) return { pdu: reading.pdu, canonical: reading.text };
    return { pdu: undefined, eventId: idOfMalformed(value, version), reason: reading.reason };
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    return { pdu: undefined, eventId: undefined, reason: error.reason };
  }
}

function idOfMalformed(value: Json, version: RoomVersion): string | undefined {
  if (!isObject(value)) return undefined;
  try {
    const id = eventIdOf(value, version);
    return id === '' ? undefined : id;
  } catch {
    // It has no canonical form, and so no id.
    return undefined;
  }
}
