// m.room.member, `membership` is `invite`.
// https://spec.matrix.org/v1.19/rooms/v1/#authorisation-rules
import type { Situation } from '../../situation.ts';
import type { Outcome } from '../../verdict.ts';
import { inviteOfThirdParty } from './third-party.ts';

export function invite(situation: Situation, target: string): Outcome {
  const { event, senderLevel, powerLevels } = situation;
  if (Object.hasOwn(event.content, 'third_party_invite')) return inviteOfThirdParty(situation, target);
  if (situation.membershipOf(event.sender) !== 'join') return 'sender-not-joined';
  const membership = situation.membershipOf(target);
  if (membership === 'join' || membership === 'ban') return 'target-joined-or-banned';
  return senderLevel >= powerLevels.level('invite') ? 'allow' : 'below-invite-level';
}
