// m.room.third_party_invite needs what an invitation needs (rule 6 of versions 6 to 11, else 7).
// https://spec.matrix.org/v1.19/rooms/v1/#authorisation-rules
import type { Situation } from '../situation.ts';
import type { Outcome } from '../verdict.ts';

export function thirdPartyInvite({ event, senderLevel, powerLevels }: Situation): Outcome {
  if (event.type !== 'm.room.third_party_invite') return 'continue';
  return senderLevel >= powerLevels.level('invite') ? 'allow' : 'below-invite-level';
}
