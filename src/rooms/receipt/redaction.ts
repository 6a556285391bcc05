// What an accepted redaction does. https://spec.matrix.org/v1.19/rooms/v11/#handling-redactions
import { mayRedact } from '../../authorization/may-redact.ts';
import { PowerLevels } from '../../authorization/power-levels.ts';
import type { Pdu } from '../../events/pdu.ts';
import { pduOf } from '../../events/read-pdu.ts';
import { redact } from '../../events/redaction.ts';
import type { Change } from '../change.ts';
import type { RoomData } from '../room-data.ts';
import type { StoredEvent } from '../stored-event.ts';
import { stateIn } from './authorization.ts';

/**
 * Whether clients are not told: "they should not be sent to clients until both the redaction event and the event the redaction
 * affects have been received, and can be validated".
 */
export function isHiddenRedaction(data: RoomData, pdu: Pdu, rootBefore: number): boolean {
  if (!isRedaction(pdu)) return false;
  const target = pdu.redacts === undefined ? undefined : data.byId(pdu.redacts);
  return target === undefined || !applies(data, pdu, rootBefore, target);
}

/** Prunes what an accepted redaction names, if it may; the first redaction of an event is the one that is shown. */
export function applyRedaction(change: Change, redaction: StoredEvent): void {
  const { data } = change;
  const { pdu } = redaction;
  if (!isRedaction(pdu) || pdu.redacts === undefined) return;
  const target = data.byId(pdu.redacts);
  if (target === undefined) data.early.addRedaction(pdu.redacts, redaction.number);
  else if (applies(data, pdu, redaction.rootBefore, target)) prune(change, target, redaction);
}

/** Prunes an event that came after its redaction, and tells that redaction once clients can see what it did. */
export function applyEarlyRedactions(change: Change, target: StoredEvent): void {
  const { data } = change;
  for (const number of data.early.redactionsOf(target.pdu.eventId)) {
    const redaction = data.byNumber(number);
    if (redaction?.pdu.redacts !== target.pdu.eventId) continue;
    const now = data.byNumber(target.number) ?? target;
    if (!applies(data, redaction.pdu, redaction.rootBefore, now)) continue;
    prune(change, now, redaction);
    if (redaction.roomPos === undefined && !target.outlier) change.tellLate(redaction);
  }
}

function prune(change: Change, target: StoredEvent, redaction: StoredEvent): void {
  const { data } = change;
  if (target.redactedBy !== undefined || target.number === redaction.number) return;
  change.redact(target, pduOf(redact(target.pdu.json, data.version), data.version, target.pdu.eventId), redaction);
}

function applies(data: RoomData, redaction: Pdu, rootBefore: number, target: StoredEvent): boolean {
  if (target.verdict === 'rejected') return false;
  const levels = PowerLevels.of(stateIn(data, rootBefore), data.version);
  return mayRedact(redaction.sender, target.pdu.sender, levels);
}

function isRedaction(pdu: Pdu): boolean {
  return pdu.type === 'm.room.redaction' && pdu.stateKey === undefined;
}
