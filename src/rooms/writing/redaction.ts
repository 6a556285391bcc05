// Redactions that clients ask for. https://spec.matrix.org/v1.19/client-server-api/#redactions
import { PowerLevels } from '../../authorization/power-levels.ts';
import type { Requester } from '../../ports/contracts/requester.ts';
import { forbidden, notFound } from '../../spec/errors.ts';
import type { JsonObject } from '../../spec/json.ts';
import type { Wish } from '../drafting/draft.ts';
import { stateIn } from '../receipt/authorization.ts';
import type { RoomData } from '../room-data.ts';
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
