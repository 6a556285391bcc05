// Considering the event's auth_events (rule 2; rule 3 from version 12 on).
// https://spec.matrix.org/v1.19/rooms/v1/#authorisation-rules, https://spec.matrix.org/v1.19/rooms/v12/#authorisation-rules
import type { Pdu } from '../../events/pdu.ts';
import { authEventsFor, isSame } from '../selection.ts';
import type { StateAddress } from '../selection.ts';
import type { Outcome } from '../verdict.ts';
import type { Citation } from './citation.ts';

export function authEvents({ event, version, authEvents: cited }: Citation): Outcome {
  const selected = authEventsFor(event, version);
  const found: StateAddress[] = [];
  let isSelected = true;
  for (const { pdu } of cited) {
    const address = addressOf(pdu);
    if (address !== undefined && found.some((other) => isSame(address, other))) return 'duplicate-auth-events';
    if (address !== undefined && selected.some((other) => isSame(address, other))) found.push(address);
    else isSelected = false;
  }
  if (!isSelected) return 'auth-event-not-selected';
  if (cited.some(({ rejected }) => rejected)) return 'auth-event-rejected';
  if (!version.roomIdIsCreateHash && !found.some(({ type }) => type === 'm.room.create'))
    return 'create-event-not-among-auth-events';
  if (cited.some(({ pdu }) => pdu.roomId !== event.roomId)) return 'auth-event-of-another-room';
  return 'continue';
}

function addressOf({ type, stateKey }: Pdu): StateAddress | undefined {
  return stateKey === undefined ? undefined : { type, stateKey };
}
