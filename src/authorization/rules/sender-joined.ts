// Only members send (rule 5 of versions 6 to 11, else 6).
// https://spec.matrix.org/v1.19/rooms/v1/#authorisation-rules
import type { Situation } from '../situation.ts';
import type { Outcome } from '../verdict.ts';

export function senderJoined(situation: Situation): Outcome {
  return situation.membershipOf(situation.event.sender) === 'join' ? 'continue' : 'sender-not-joined';
}
