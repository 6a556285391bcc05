// m.room.member, `membership` is `invite`, with `third_party_invite`: an invitation that somebody without a user id was
// sent, now bound to one. https://spec.matrix.org/v1.19/rooms/v1/#authorisation-rules
import { isObject, member } from '../../../spec/json.ts';
import type { Situation } from '../../situation.ts';
import type { Outcome } from '../../verdict.ts';
import { isSignedForInvitation } from './third-party-signature.ts';

export function inviteOfThirdParty(situation: Situation, target: string): Outcome {
  const { event, state } = situation;
  if (situation.membershipOf(target) === 'ban') return 'target-banned';
  const thirdPartyInvite = member(event.content, 'third_party_invite');
  const signed = isObject(thirdPartyInvite) ? member(thirdPartyInvite, 'signed') : undefined;
  if (!isObject(signed)) return 'third-party-invite-without-signed';
  const mxid = member(signed, 'mxid');
  const token = member(signed, 'token');
  if (typeof mxid !== 'string' || typeof token !== 'string') return 'signed-without-mxid-or-token';
  if (mxid !== target) return 'mxid-is-not-the-target';
  const invitation = state.get('m.room.third_party_invite', token);
  if (invitation === undefined) return 'third-party-invite-unknown';
  if (invitation.sender !== event.sender) return 'third-party-invite-of-another-sender';
  return isSignedForInvitation(signed, invitation) ? 'allow' : 'third-party-invite-signature-invalid';
}
