// m.room.member, `membership` is `knock` (version 7 and later).
// https://spec.matrix.org/v1.19/rooms/v7/#authorisation-rules
import type { Situation } from '../../situation.ts';
import type { Outcome } from '../../verdict.ts';

export function knock(situation: Situation, target: string): Outcome {
  const { event, version, joinRule } = situation;
  const mayKnock = joinRule === 'knock' || (version.knockRestricted && joinRule === 'knock_restricted');
  if (!mayKnock) return 'join-rule-forbids-knock';
  if (event.sender !== target) return 'knock-of-another-user';
  const membership = situation.membershipOf(target);
  return membership === 'ban' || membership === 'invite' || membership === 'join' ? 'knock-by-member' : 'allow';
}
