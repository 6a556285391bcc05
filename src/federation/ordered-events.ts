// Events of a room that another server has given, each after those that authorise it, and what has to be known to check them.
// https://spec.matrix.org/v1.19/server-server-api/#definitions
import { readPdu } from '../events/read-pdu.ts';
import { requiredSignatures } from '../events/required-signatures.ts';
import type { RoomVersion } from '../events/room-version.ts';
import { signingKeyIds } from '../events/signatures.ts';
import { breath, type Clock } from '../ports/clock.ts';
import { JsonError, readJson } from '../spec/strict-json.ts';
import type { WantedKeys } from './keys.ts';

/** Events read before others have a turn. */
const AT_ONCE = 200;

export interface GivenEvent {
  readonly eventId: string;
  readonly text: string;
  readonly authEvents: readonly string[];
  /** The servers that must have signed it, and the keys that they say they did it with. */
  readonly wanted: readonly WantedKeys[];
  readonly isCreate: boolean;
}

/** The events among the texts that are events of the version, each once. */
export async function readGiven(clock: Clock, texts: readonly string[], version: RoomVersion): Promise<GivenEvent[]> {
  const events = new Map<string, GivenEvent>();
  for (const [index, text] of texts.entries()) {
    if (index > 0 && index % AT_ONCE === 0) await breath(clock);
    const event = read(text, version);
    if (event !== undefined && !events.has(event.eventId)) events.set(event.eventId, event);
  }
  return [...events.values()];
}

function read(text: string, version: RoomVersion): GivenEvent | undefined {
  try {
    const { value, integersOnly } = readJson(text);
    const reading = readPdu(value, version, { integersOnly });
    if (!reading.ok) return undefined;
    const { pdu } = reading;
    const wanted = (requiredSignatures(pdu, version) ?? []).map((serverName) => ({
      serverName,
      keyIds: signingKeyIds(pdu.json, serverName),
      at: pdu.originServerTs,
    }));
    const isCreate = pdu.type === 'm.room.create';
    return { eventId: pdu.eventId, text, authEvents: pdu.authEvents, wanted, isCreate };
  } catch (error) {
    if (error instanceof JsonError) return undefined;
    throw error;
  }
}

/** The create event first, then every event after those of its auth events that are among them. What goes in a circle is left out. */
export function ordered(events: readonly GivenEvent[]): GivenEvent[] {
  const byId = new Map(events.map((event) => [event.eventId, event]));
  const citedBy = new Map<string, GivenEvent[]>();
  const missing = new Map<string, number>();
  const ready: GivenEvent[] = [];
  for (const event of events) {
    const cited = new Set(event.authEvents.filter((id) => byId.has(id)));
    missing.set(event.eventId, cited.size);
    for (const id of cited) {
      const list = citedBy.get(id);
      if (list === undefined) citedBy.set(id, [event]);
      else list.push(event);
    }
    if (cited.size === 0) ready.push(event);
  }
  ready.sort((a, b) => Number(b.isCreate) - Number(a.isCreate));
  for (const event of ready)
    for (const citing of citedBy.get(event.eventId) ?? []) {
      const left = (missing.get(citing.eventId) ?? 0) - 1;
      missing.set(citing.eventId, left);
      if (left === 0) ready.push(citing);
    }
  return ready;
}
