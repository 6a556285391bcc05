// m.room.member, `membership` is `leave`: leaving, declining, kicking, withdrawing an invitation, lifting a ban.
// https://spec.matrix.org/v1.19/rooms/v1/#authorisation-rules
import type { Situation } from '../../situation.ts';
import type { Outcome } from '../../verdict.ts';

export function leave(situation: Situation, target: string): Outcome {
  const { event, version, senderLevel, powerLevels } = situation;
  const senderMembership = situation.membershipOf(event.sender);
  if (event.sender === target) {
    const isLeaving =
      senderMembership === 'invite' ||
      senderMembership === 'join' ||
      (version.knocking && senderMembership === 'knock');
    return isLeaving ? 'allow' : 'nothing-to-leave';
  }
  if (senderMembership !== 'join') return 'sender-not-joined';
  if (situation.membershipOf(target) === 'ban' && senderLevel < powerLevels.level('ban')) return 'below-ban-level';
  if (senderLevel < powerLevels.level('kick')) return 'below-kick-level';
  return powerLevels.levelOf(target) < senderLevel ? 'allow' : 'target-not-below-sender';
}
