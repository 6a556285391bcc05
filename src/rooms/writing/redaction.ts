// Redactions: who may ask for one, and what one does. https://spec.matrix.org/v1.19/client-server-api/#redactions
import { mayRedact } from '../../authorization/may-redact.ts';
import { PowerLevels } from '../../authorization/power-levels.ts';
import { pduOf } from '../../events/read-pdu.ts';
import { redact } from '../../events/redaction.ts';
import type { Requester } from '../../ports/contracts/requester.ts';
import { forbidden, notFound } from '../../spec/errors.ts';
import type { JsonObject } from '../../spec/json.ts';
import type { Change } from '../change.ts';
import type { Wish } from '../drafting/draft.ts';
import { stateIn } from '../receipt/authorization.ts';
import type { RoomData } from '../room-data.ts';
import type { StoredEvent } from '../stored-event.ts';
import { View } from '../visibility.ts';

/**
 * The event that redacts another. Throws 404 M_NOT_FOUND for an event that the user cannot see, 403 M_FORBIDDEN for one of
 * somebody else without the level for it. (A client's redaction is bound to its user; a server's only to the domain.)
 */
export function redactionWish(data: RoomData, by: Requester, eventId: string, content: JsonObject): Wish {
  const { root } = data.head;
  const target = data.byId(eventId);
  if (target === undefined || !new View(data, by.userId).sees(target)) {
    throw notFound('There is no such event in this room.');
  }
  const levels = PowerLevels.of(stateIn(data, root), data.version);
  if (target.pdu.sender !== by.userId && levels.levelOf(by.userId) < levels.level('redact')) {
    throw forbidden('You may not redact events of others.');
  }
  const { redacts: _, ...rest } = content;
  // Drafting puts `redacts` where the room version has it.
  return { type: 'm.room.redaction', stateKey: undefined, sender: by.userId, content: rest, redacts: eventId };
}

/** Prunes what an accepted redaction names, if it may; the first redaction of an event is the one that is shown. */
export function applyRedaction(change: Change, redaction: StoredEvent): void {
  const { data } = change;
  const { pdu } = redaction;
  if (pdu.type !== 'm.room.redaction' || pdu.stateKey !== undefined || pdu.redacts === undefined) return;
  const target = data.byId(pdu.redacts);
  if (target === undefined || target.redactedBy !== undefined || target.number === redaction.number) return;
  const levels = PowerLevels.of(stateIn(data, redaction.rootBefore), data.version);
  if (!mayRedact(pdu.sender, target.pdu.sender, levels)) return;
  change.redact(target, pduOf(redact(target.pdu.json, data.version), data.version, target.pdu.eventId), redaction);
}
