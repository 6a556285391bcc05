// m.room.member, `membership` is `ban`.
// https://spec.matrix.org/v1.19/rooms/v1/#authorisation-rules
import type { Situation } from '../../situation.ts';
import type { Outcome } from '../../verdict.ts';

export function ban(situation: Situation, target: string): Outcome {
  const { event, senderLevel, powerLevels } = situation;
  if (situation.membershipOf(event.sender) !== 'join') return 'sender-not-joined';
  if (senderLevel < powerLevels.level('ban')) return 'below-ban-level';
  return powerLevels.levelOf(target) < senderLevel ? 'allow' : 'target-not-below-sender';
}
