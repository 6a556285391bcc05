// The authorisation rule on m.room.member, written plainly from the pages of the room versions.
// https://spec.matrix.org/v1.19/rooms/v1/#authorisation-rules
// https://spec.matrix.org/v1.19/rooms/v11/#authorisation-rules
import type { Pdu } from '../../src/events/pdu.ts';
import { isUserId } from '../../src/spec/identifiers/user-id.ts';
import { isObject, member } from '../../src/spec/json.ts';
import { creatorOf, Levels } from './levels.ts';
import { ruleNumbers } from './rule-numbers.ts';
import { allow, domainOf, eventAt, reject, type Room, type Ruling, type State } from './ruling.ts';
import { anySignatureMatches } from './third-party-signature.ts';

/** A user's membership in `state`; who has none has left. */
export function membershipOf(room: Room, state: State, user: string): string {
  const event = eventAt(room, state, 'm.room.member', user);
  const membership = event === undefined ? undefined : member(event.content, 'membership');
  return typeof membership === 'string' ? membership : 'leave';
}

export function judgeMember(room: Room, event: Pdu, state: State, create: Pdu): Ruling {
  const number = ruleNumbers(room.version);
  const version = Number(room.version);
  const rule = `${number.member}`;
  if (event.stateKey === undefined || !Object.hasOwn(event.content, 'membership')) return reject(`${rule}.1`);
  // No rule says it, but each speaks of a *target user*, "the user given by the state_key": here there is none to speak of.
  if (!isUserId(event.stateKey)) return reject(`${rule}.1`);
  if (version >= 8 && Object.hasOwn(event.content, 'join_authorised_via_users_server')) {
    const user = member(event.content, 'join_authorised_via_users_server');
    const server = typeof user === 'string' ? domainOf(user) : undefined;
    if (server === undefined || !isSignedBy(room, event, server)) return reject(`${rule}.2.1`);
  }
  const target = event.stateKey;
  switch (member(event.content, 'membership')) {
    case 'join':
      return judgeJoin(room, event, target, state, create, `${rule}.${number.join}`);
    case 'invite':
      return judgeInvite(room, event, target, state, `${rule}.${number.invite}`);
    case 'leave':
      return judgeLeave(room, event, target, state, `${rule}.${number.leave}`);
    case 'ban':
      return judgeBan(room, event, target, state, `${rule}.${number.ban}`);
    case 'knock':
      if (version >= 7) return judgeKnock(room, event, target, state, `${rule}.${number.knock}`);
  }
  return reject(`${rule}.${number.unknownMembership}`);
}

function isSignedBy(room: Room, event: Pdu, server: string): boolean {
  if (room.isSignedBy !== undefined) return room.isSignedBy(event, server);
  const signatures = member(event.json, 'signatures');
  return isObject(signatures) && Object.hasOwn(signatures, server);
}

/** No m.room.join_rules, or one that says nothing, is `invite`. */
function joinRuleOf(room: Room, state: State): string {
  const event = eventAt(room, state, 'm.room.join_rules', '');
  const joinRule = event === undefined ? undefined : member(event.content, 'join_rule');
  return typeof joinRule === 'string' ? joinRule : 'invite';
}

function judgeJoin(room: Room, event: Pdu, target: string, state: State, create: Pdu, rule: string): Ruling {
  const version = Number(room.version);
  const [onlyPrevious] = event.prevEvents.length === 1 ? event.prevEvents : [];
  // "An m.room.create" is the one of this room: no second one opens the room to its creator again.
  const followsCreate = onlyPrevious !== undefined && onlyPrevious === create.eventId;
  if (followsCreate && target === creatorOf(room.version, create)) return allow(`${rule}.1`);
  if (event.sender !== target) return reject(`${rule}.2`);
  const membership = membershipOf(room, state, event.sender);
  if (membership === 'ban') return reject(`${rule}.3`);
  const joinRule = joinRuleOf(room, state);
  const wasAsked = membership === 'invite' || membership === 'join';
  if (joinRule === 'invite' && wasAsked) return allow(`${rule}.4`);
  if (joinRule === 'knock' && version >= 7 && wasAsked) return allow(`${rule}.4`);
  const isRestricted =
    (joinRule === 'restricted' && version >= 8) || (joinRule === 'knock_restricted' && version >= 10);
  if (isRestricted) {
    if (wasAsked) return allow(`${rule}.5.1`);
    const authorisedVia = member(event.content, 'join_authorised_via_users_server');
    if (typeof authorisedVia !== 'string') return reject(`${rule}.5.2`);
    const levels = Levels.of(room, event, state);
    if (levels.ofUser(authorisedVia) < levels.invite) return reject(`${rule}.5.2`);
    if (membershipOf(room, state, authorisedVia) !== 'join') return reject(`${rule}.5.2`);
    return allow(`${rule}.5.3`);
  }
  const publicRule = version >= 8 ? 6 : 5;
  if (joinRule === 'public') return allow(`${rule}.${publicRule}`);
  return reject(`${rule}.${publicRule + 1}`);
}

function judgeInvite(room: Room, event: Pdu, target: string, state: State, rule: string): Ruling {
  if (Object.hasOwn(event.content, 'third_party_invite'))
    return judgeThirdPartyInvite(room, event, target, state, `${rule}.1`);
  if (membershipOf(room, state, event.sender) !== 'join') return reject(`${rule}.2`);
  const membership = membershipOf(room, state, target);
  if (membership === 'join' || membership === 'ban') return reject(`${rule}.3`);
  const levels = Levels.of(room, event, state);
  return levels.ofUser(event.sender) >= levels.invite ? allow(`${rule}.4`) : reject(`${rule}.5`);
}

function judgeThirdPartyInvite(room: Room, event: Pdu, target: string, state: State, rule: string): Ruling {
  if (membershipOf(room, state, target) === 'ban') return reject(`${rule}.1`);
  const thirdPartyInvite = member(event.content, 'third_party_invite');
  const signed = isObject(thirdPartyInvite) ? member(thirdPartyInvite, 'signed') : undefined;
  if (!isObject(signed)) return reject(`${rule}.2`);
  const mxid = member(signed, 'mxid');
  const token = member(signed, 'token');
  if (typeof mxid !== 'string' || typeof token !== 'string') return reject(`${rule}.3`);
  if (mxid !== target) return reject(`${rule}.4`);
  const invited = eventAt(room, state, 'm.room.third_party_invite', token);
  if (invited === undefined) return reject(`${rule}.5`);
  if (event.sender !== invited.sender) return reject(`${rule}.6`);
  return anySignatureMatches(signed, invited.content) ? allow(`${rule}.7`) : reject(`${rule}.8`);
}

function judgeLeave(room: Room, event: Pdu, target: string, state: State, rule: string): Ruling {
  if (event.sender === target) {
    const membership = membershipOf(room, state, target);
    const mayLeave =
      membership === 'invite' || membership === 'join' || (membership === 'knock' && Number(room.version) >= 7);
    return mayLeave ? allow(`${rule}.1`) : reject(`${rule}.1`);
  }
  if (membershipOf(room, state, event.sender) !== 'join') return reject(`${rule}.2`);
  const levels = Levels.of(room, event, state);
  const senderLevel = levels.ofUser(event.sender);
  if (membershipOf(room, state, target) === 'ban' && senderLevel < levels.ban) return reject(`${rule}.3`);
  if (senderLevel >= levels.kick && levels.ofUser(target) < senderLevel) return allow(`${rule}.4`);
  return reject(`${rule}.5`);
}

function judgeBan(room: Room, event: Pdu, target: string, state: State, rule: string): Ruling {
  if (membershipOf(room, state, event.sender) !== 'join') return reject(`${rule}.1`);
  const levels = Levels.of(room, event, state);
  const senderLevel = levels.ofUser(event.sender);
  if (senderLevel >= levels.ban && levels.ofUser(target) < senderLevel) return allow(`${rule}.2`);
  return reject(`${rule}.3`);
}

function judgeKnock(room: Room, event: Pdu, target: string, state: State, rule: string): Ruling {
  const joinRule = joinRuleOf(room, state);
  const mayKnock = joinRule === 'knock' || (joinRule === 'knock_restricted' && Number(room.version) >= 10);
  if (!mayKnock) return reject(`${rule}.1`);
  if (event.sender !== target) return reject(`${rule}.2`);
  const membership = membershipOf(room, state, event.sender);
  if (membership !== 'ban' && membership !== 'invite' && membership !== 'join') return allow(`${rule}.3`);
  return reject(`${rule}.4`);
}
