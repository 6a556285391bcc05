// Whether a redaction is applied, from version 3 on. There the authorisation rules let every redaction pass as an
// ordinary event, and this is asked when both events are known. Versions 1 and 2 have `rules/redaction.ts`.
// https://spec.matrix.org/v1.19/rooms/v12/#handling-redactions
import type { PowerLevels } from './power-levels.ts';
import { isSameServer } from './same-server.ts';

/**
 * @param redactionSender sender of the m.room.redaction event
 * @param targetSender sender of the event it names
 * @param powerLevels in force at the redaction event
 */
export function mayRedact(redactionSender: string, targetSender: string, powerLevels: PowerLevels): boolean {
  return (
    powerLevels.levelOf(redactionSender) >= powerLevels.level('redact') || isSameServer(redactionSender, targetSender)
  );
}
