// Power events: those that might take away somebody's ability to do something.
// https://spec.matrix.org/v1.19/rooms/v2/#definitions
import type { Pdu } from '../../../events/pdu.ts';
import { member } from '../../../spec/json.ts';

export function isPowerEvent({ type, stateKey, sender, content }: Pdu): boolean {
  if (stateKey === undefined) return false;
  if (type === 'm.room.power_levels' || type === 'm.room.join_rules') return true;
  if (type !== 'm.room.member' || sender === stateKey) return false;
  const membership = member(content, 'membership');
  return membership === 'leave' || membership === 'ban';
}
