// m.room.member, `membership` is `invite`, with `third_party_invite`: an invitation that somebody without a user id was
// sent, now bound to one. https://spec.matrix.org/v1.19/rooms/v1/#authorisation-rules
import type { Pdu } from '../../../events/pdu.ts';
import { isObject, member } from '../../../spec/json.ts';
import type { JsonObject } from '../../../spec/json.ts';
import type { Situation } from '../../situation.ts';
import type { Outcome } from '../../verdict.ts';

/**
 * How many pairs of a key and a signature one event may ask us to try. Real ones have two keys and one signature; two
 * events of the greatest size could name a million pairs, and keep a server busy for a minute.
 */
const MAXIMUM_PAIRS = 100;

export function inviteOfThirdParty(situation: Situation, target: string): Outcome {
  const { event, state, facts } = situation;
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
  const publicKeys = publicKeysOf(invitation);
  if (publicKeys.length * countSignatures(signed) > MAXIMUM_PAIRS) return 'third-party-invite-signature-invalid';
  const isSigned = publicKeys.some((publicKey) => facts.isSignedWith(signed, publicKey));
  return isSigned ? 'allow' : 'third-party-invite-signature-invalid';
}

function publicKeysOf(invitation: Pdu): string[] {
  const listed = member(invitation.content, 'public_keys');
  const entries: readonly unknown[] = Array.isArray(listed) ? listed : [];
  const objects: readonly JsonObject[] = [invitation.content, ...entries.filter(isObject)];
  const keys = objects.map((object) => member(object, 'public_key')).filter((key) => typeof key === 'string');
  return [...new Set(keys)];
}

function countSignatures(signed: JsonObject): number {
  const signatures = member(signed, 'signatures');
  const byServer = isObject(signatures) ? Object.values(signatures) : [];
  return byServer.reduce<number>((count, byKey) => count + (isObject(byKey) ? Object.keys(byKey).length : 0), 0);
}
