// What an accepted redaction does. https://spec.matrix.org/v1.19/rooms/v11/#handling-redactions
import { mayRedact } from '../../authorization/may-redact.ts';
import { PowerLevels } from '../../authorization/power-levels.ts';
import { pduOf } from '../../events/read-pdu.ts';
import { redact } from '../../events/redaction.ts';
import type { Change } from '../change.ts';
import type { StoredEvent } from '../stored-event.ts';
import { stateIn } from './authorization.ts';

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
