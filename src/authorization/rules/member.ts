// m.room.member (rule 4 of versions 6 to 11, else 5): who is in the room. One file for each membership stands beside this.
// https://spec.matrix.org/v1.19/rooms/v1/#authorisation-rules, https://spec.matrix.org/v1.19/rooms/v12/#authorisation-rules
import { isUserId } from '../../spec/identifiers/user-id.ts';
import { member as memberOf } from '../../spec/json.ts';
import type { Situation } from '../situation.ts';
import type { Outcome } from '../verdict.ts';
import { ban } from './member/ban.ts';
import { invite } from './member/invite.ts';
import { join } from './member/join.ts';
import { knock } from './member/knock.ts';
import { leave } from './member/leave.ts';

/** Decides every m.room.member event. */
export function member(situation: Situation): Outcome {
  const { event, version } = situation;
  if (event.type !== 'm.room.member') return 'continue';
  const target = event.stateKey;
  if (target === undefined) return 'member-without-state-key';
  // The *target user* is "the user given by the state_key": a key that gives no user has none of the memberships.
  if (!isUserId(target)) return 'member-state-key-not-a-user-id';
  const membership = memberOf(event.content, 'membership');
  if (membership === undefined) return 'member-without-membership';
  if (version.restrictedJoins) {
    // That the server of this user has signed the event is checked with the other signatures, before any of these rules.
    const authorisingUser = memberOf(event.content, 'join_authorised_via_users_server');
    const isUser = typeof authorisingUser === 'string' && isUserId(authorisingUser);
    if (authorisingUser !== undefined && !isUser) return 'authorising-user-not-a-user-id';
  }
  switch (membership) {
    case 'join':
      return join(situation, target);
    case 'invite':
      return invite(situation, target);
    case 'leave':
      return leave(situation, target);
    case 'ban':
      return ban(situation, target);
    case 'knock':
      return version.knocking ? knock(situation, target) : 'membership-unknown';
    default:
      return 'membership-unknown';
  }
}
