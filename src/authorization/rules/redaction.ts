// Rule 11 of versions 1 and 2: m.room.redaction. Later versions ask `may-redact.ts` when they apply one.
// https://spec.matrix.org/v1.19/rooms/v1/#authorisation-rules
import { isSameServer } from '../same-server.ts';
import type { Situation } from '../situation.ts';
import type { Outcome } from '../verdict.ts';

export function redaction({ event, senderLevel, powerLevels }: Situation): Outcome {
  if (event.type !== 'm.room.redaction') return 'continue';
  if (senderLevel >= powerLevels.level('redact')) return 'allow';
  return event.redacts !== undefined && isSameServer(event.redacts, event.eventId) ? 'allow' : 'below-redact-level';
}
