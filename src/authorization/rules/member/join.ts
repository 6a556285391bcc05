// m.room.member, `membership` is `join`.
// https://spec.matrix.org/v1.19/rooms/v1/#authorisation-rules, https://spec.matrix.org/v1.19/rooms/v10/#authorisation-rules
import { member } from '../../../spec/json.ts';
import { creatorOf } from '../../creators.ts';
import type { Situation } from '../../situation.ts';
import type { Outcome } from '../../verdict.ts';

export function join(situation: Situation, target: string): Outcome {
  const { event } = situation;
  if (isFirstJoin(situation, target)) return 'allow';
  if (event.sender !== target) return 'join-of-another-user';
  const membership = situation.membershipOf(target);
  if (membership === 'ban') return 'sender-banned';
  const isExpected = membership === 'invite' || membership === 'join';
  switch (kindOfJoinRule(situation)) {
    case 'invite':
      return isExpected ? 'allow' : 'join-rule-needs-invite';
    case 'restricted':
      return isExpected || isAuthorised(situation) ? 'allow' : 'join-not-authorised';
    case 'public':
      return 'allow';
    case 'unknown':
      return 'join-rule-unknown';
  }
}

function isFirstJoin({ event, version, create }: Situation, target: string): boolean {
  if (create === undefined || event.prevEvents.length !== 1 || event.prevEvents[0] !== create.eventId) return false;
  return creatorOf(create, version) === target;
}

function kindOfJoinRule({ joinRule, version }: Situation): 'invite' | 'restricted' | 'public' | 'unknown' {
  if (joinRule === 'public' || joinRule === 'invite') return joinRule;
  if (joinRule === 'knock' && version.knocking) return 'invite';
  if (joinRule === 'restricted' && version.restrictedJoins) return 'restricted';
  if (joinRule === 'knock_restricted' && version.knockRestricted) return 'restricted';
  return 'unknown';
}

function isAuthorised(situation: Situation): boolean {
  const { event, powerLevels } = situation;
  const authorisingUser = member(event.content, 'join_authorised_via_users_server');
  if (typeof authorisingUser !== 'string' || situation.membershipOf(authorisingUser) !== 'join') return false;
  return powerLevels.levelOf(authorisingUser) >= powerLevels.level('invite');
}
